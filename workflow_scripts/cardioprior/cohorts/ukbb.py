"""UK Biobank's bulk downloads of cardiac MR: `EID_20209_2_0.zip` (short axis) and `EID_20208_2_0.zip` (long axis).

An archive has DICOM files and a `manifest.csv` (sometimes `manifest.cvs`) that says which series each is of; dates in
it have commas without quotes, so that a line is read by what its cells look like. Of the short axis the series
`CINE_segmented_SAX` and `CINE_segmented_SAX_b<N>` are used, of the long axis `CINE_segmented_LAX_4Ch`; those that end
in InlineVF have drawings in them. Slices that were acquired again count once, the last time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior.cohorts.contract import Cohort, LoadedSubject, Role, Subject, View
from cardioprior.cohorts.dicom_cine import damaged_files, sax_view
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.imaging import archives
from cardioprior.onboarding import tables

if TYPE_CHECKING:
    from cardioprior.imaging.dicom_stacks import Stack, Study

SHORT_AXIS, LONG_AXIS = "20209", "20208"
_NAME = re.compile(r"(\d+)_(20208|20209)_(\d+)_\d+")
_SERIES = re.compile(r"CINE_segmented\w*")
_USED = {
    SHORT_AXIS: re.compile(r"CINE_segmented_SAX(_b\d+)?"),
    LONG_AXIS: re.compile(r"CINE_segmented_LAX_4Ch"),
}
ROLES: dict[str, Role] = {SHORT_AXIS: "sax", LONG_AXIS: "la4ch"}


class Adapter(Cohort):
    """Participants with a short axis and, where it was downloaded, the 4-chamber view; archives or unpacked folders.

    Of several visits the first is used, with a warning: a participant is one subject.
    """

    signs = (r"(^|/)\d+_20209_\d+_\d+(\.zip$|/)",)

    def find(self) -> Sequence[Subject]:
        found: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(self.root.rglob("*_2020[89]_*")):
            match = _NAME.fullmatch(archives.without_ending(path.name))
            if match and (path.is_dir() or archives.is_archive(path)):
                found[match[1]].append(path)
        if not found:
            raise CardioPriorError(f"{self.root}: found no EID_20209_2_0.zip; wanted UK Biobank's bulk archives")
        return [
            Subject(name, tuple(str(path.relative_to(self.root)) for path in paths))
            for name, paths in sorted(found.items())
        ]

    def load(self, subject: Subject) -> LoadedSubject:
        by_visit: dict[str, dict[str, Path]] = defaultdict(dict)
        for source in subject.sources:
            match = _NAME.fullmatch(archives.without_ending(Path(source).name))
            if match:
                by_visit[match[3]].setdefault(match[2], self.root / source)
        visit = min(by_visit)
        views: dict[Role, View] = {}
        findings = list(_several_visits(subject, sorted(by_visit)))
        with ExitStack() as stack:
            for field, path in sorted(by_visit[visit].items(), reverse=True):
                view, noticed = _view(stack, path, field)
                findings += noticed
                if view:
                    views[ROLES[field]] = view
        if "sax" not in views:
            raise SubjectError(
                "no_short_axis", f"{self.root}: has no {subject.id}_{SHORT_AXIS}_{visit}_0.zip; wanted its short axis"
            )
        return LoadedSubject(subject, views, tuple(findings))


def _view(stack: ExitStack, path: Path, field: str) -> tuple[View | None, tuple[Finding, ...]]:
    """The view of an archive; none of a long axis without a 4-chamber series."""
    from cardioprior.imaging.dicom import find_stacks, short_axis, sort_frames
    from cardioprior.imaging.dicom_repeats import last_of_repeats

    folder = stack.enter_context(archives.opened(path))
    series = read_series(folder)
    files = [file for file, name in sorted(series.items()) if _USED[field].fullmatch(name)]
    if not files and field == LONG_AXIS:
        sentence = f"{path}: holds no series CINE_segmented_LAX_4Ch (but {_in_words(series.values())})"
        return None, (Finding("warning", "no_la4ch", sentence),)
    if not files:
        found = _in_words(series.values())
        raise SubjectError("no_short_axis", f"{path}: holds no series CINE_segmented_SAX (but {found})")
    study, findings = last_of_repeats(replace(find_stacks(files), folder=str(path)))
    noticed = archives.named_after((*damaged_files(study), *findings), folder, path)
    if field == SHORT_AXIS:
        return sax_view(short_axis(study)), noticed
    if not study.stacks:
        return None, (*noticed, Finding("warning", "no_la4ch", f"{path}: its 4-chamber series holds no image"))
    return replace(sax_view(sort_frames(_plane(study))), role="la4ch"), noticed


def read_series(folder: Path) -> dict[Path, str]:
    """The series of every DICOM file: from the manifest, or from the headers where there is none or it lacks files."""
    found: dict[Path, str] = {}
    for manifest in sorted(folder.rglob("manifest.c[sv][sv]")):
        for line in tables.read_text(manifest).splitlines()[1:]:
            cells = [cell.strip().strip('"') for cell in line.split(",")]
            name = next((cell for cell in cells if cell.lower().endswith(".dcm")), None)
            series = next((cell for cell in cells if _SERIES.fullmatch(cell)), "")
            if name and (manifest.parent / Path(name).name).is_file():
                found[manifest.parent / Path(name).name] = series
    unnamed = [path for path in sorted(folder.rglob("*.dcm")) if not found.get(path)]
    return found | {path: _described(path) for path in unnamed}


def _described(path: Path) -> str:
    """A file's own SeriesDescription, empty if it cannot be read."""
    from pydicom import dcmread

    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SeriesDescription"])
    except Exception:  # what is wrong with a file is said where its image is read
        return ""
    return str(header.get("SeriesDescription") or "")


def _plane(study: Study) -> Stack:
    """The largest stack's last slice: a long axis is one plane, and one that was moved is a repeat."""
    stack = study.stacks[0]
    return replace(stack, slices=stack.slices[-1:])


def _several_visits(subject: Subject, visits: list[str]) -> tuple[Finding, ...]:
    if len(visits) < 2:
        return ()
    sentence = f"{subject.id}: has visits {', '.join(visits)}; took {visits[0]}, wanted one a subject"
    return (Finding("warning", "several_sessions", sentence),)


def _in_words(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names) - {""})) or "none"
