"""Sunnybrook Cardiac Data (Radau et al., MIDAS Journal 2009): GE cines in DICOM, contours in text files.

Images lie in folders `SCD…` (in the official layout in sub-folders `CINESAX_…`, beside long axes), contours in folders
`SC-{HF-I,HF-NI,HYP,N}-NN`; a csv file ties the two (columns patient_id and original_id, or PatientID and OriginalID). A
contour's file is named after the InstanceNumber of its image: `IM-0001-0160-icontour-manual.txt`, i for the
endocardium, o for the epicardium. The papillary muscles (p1, p2) count as cavity here, as in the endocardial contour.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior.cohorts.contract import Annotation, Cohort, LoadedSubject, Phase, Subject
from cardioprior.cohorts.dicom_cine import damaged_files, sax_view
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.onboarding import tables

if TYPE_CHECKING:
    import numpy as np

    from cardioprior.imaging.dicom import Cine

_IMAGES = re.compile(r"SCD\d+")
_CONTOURS = re.compile(r"SC-(HF-I|HF-NI|HYP|N)-0*(\d+)")
_FILE = re.compile(r"IM-\d+-(\d+)-([io])contour-manual\.txt")
GROUPS = {"HF-I": "HF-I", "HF-NI": "HF-NI", "HYP": "HYP", "N": "NOR"}


@dataclass(frozen=True)
class Contour:
    """A contour's file; instance: InstanceNumber of its image. kind: i, endocardium, or o, epicardium."""

    path: Path
    instance: int
    kind: str


class Adapter(Cohort):
    """Patients with endocardium at ED and ES and epicardium at ED: LV in both frames, MYO at ED."""

    signs = (r"(^|/)SCD\d+/",)

    def find(self) -> Sequence[Subject]:
        folders = {path.name: path for path in sorted(self.root.rglob("SCD*")) if _is_patient(path)}
        if not folders:
            raise CardioPriorError(f"{self.root}: found no folder SCD… with files; wanted Sunnybrook's images")
        return [self._subject(name, folders.get(name)) for name in sorted({*folders, *self._links})]

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.dicom import find_stacks, short_axis

        if not subject.sources:
            raise SubjectError("no_files", f"{self.root}: has no folder {subject.id}, which a csv file names")
        study = find_stacks([self.root / source for source in subject.sources])
        cine = short_axis(study)
        original = self._links.get(subject.id, {}).get("original", "")
        folder = self._contour_folders.get(original)
        contours = _contours(folder) if folder else ()
        if not contours:
            found = f"{folder or self.root}: no contours for {subject.id} (known as {original or 'nothing'})"
            finding = Finding("warning", "no_labels", f"{found}; wanted a folder SC-… and a csv file that names it")
            return LoadedSubject(subject, {"sax": sax_view(cine)}, (*damaged_files(study), finding))
        annotations, findings = annotate(cine, contours, str(folder))
        view = replace(sax_view(cine), annotations=annotations, phases_from="labels")
        frames = {annotation.phase: annotation.frame for annotation in annotations}
        subject = replace(subject, ed_frame=frames.get("ED"), es_frame=frames.get("ES"))
        return LoadedSubject(subject, {"sax": view}, (*damaged_files(study), *findings))

    def _subject(self, name: str, folder: Path | None) -> Subject:
        link = self._links.get(name, {})
        group = _CONTOURS.fullmatch(link.get("original", ""))
        cines = sorted(path for path in folder.rglob("CINESAX*") if path.is_dir()) if folder else []
        sources = cines or ([folder] if folder else [])
        return Subject(
            id=name,
            sources=tuple(str(path.relative_to(self.root)) for path in sources),
            group=GROUPS[group[1]] if group else "",
            sex=link.get("sex", ""),
        )

    @cached_property
    def _links(self) -> dict[str, dict[str, str]]:
        """`original` (the contours' folder) and `sex` by patient."""
        links = {}
        for patient, original in (("patient_id", "original_id"), ("patientid", "originalid")):
            for row in tables.read_below(self.root, patient, original):
                if row[patient] and row[original]:
                    links[row[patient]] = {"original": _plain(row[original]), "sex": tables.sex(row.get("gender"))}
        return links

    @cached_property
    def _contour_folders(self) -> dict[str, Path]:
        folders = sorted(path for path in self.root.rglob("SC-*") if path.is_dir() and _CONTOURS.fullmatch(path.name))
        return {_plain(path.name): path for path in folders}


def annotate(cine: Cine, contours: Sequence[Contour], where: str) -> tuple[tuple[Annotation, ...], tuple[Finding, ...]]:
    """Labels of every frame with contours. ED is the frame with epicardium (of several, the largest LV), ES the frame
    with the smallest LV among those with at least half of ED's slices.

    Raises SubjectError: `bad_contour`, `contour_image` for a contour whose image is not in the cine or there twice.
    """
    from cardioprior.imaging.labels import LV

    frames: dict[int, list[tuple[int, Contour]]] = defaultdict(list)
    for contour in contours:
        frame, place = _place(cine, contour)
        frames[frame].append((place, contour))
    drawn = {frame: _paint(cine, of_frame) for frame, of_frame in sorted(frames.items())}
    annotations = []
    for frame, labels in drawn.items():
        with_wall = any(contour.kind == "o" for _, contour in frames[frame])
        annotations.append(Annotation(frame, "", ("LV", "MYO") if with_wall else ("LV",), labels))
    slices = {a.frame: sum(contour.kind == "i" for _, contour in frames[a.frame]) for a in annotations}
    volume = {a.frame: int((a.labels == LV).sum()) for a in annotations}
    ed = max((a.frame for a in annotations if "MYO" in a.structures), key=volume.__getitem__, default=None)
    most = slices[ed] if ed is not None else max(slices.values())
    left = [a.frame for a in annotations if a.frame != ed and 2 * slices[a.frame] >= most]
    es = min(left, key=volume.__getitem__, default=None)
    names: dict[int | None, Phase] = {es: "ES", ed: "ED"}
    named = tuple(replace(a, phase=names.get(a.frame, "")) for a in annotations)
    return named, _findings(named, frames, where)


def _paint(cine: Cine, contours: Sequence[tuple[int, Contour]]) -> np.ndarray:
    """Labels (z, y, x) of one frame: the epicardium's region, and the endocardium's in it."""
    import numpy as np

    from cardioprior.imaging.labels import LV, MYO
    from cardioprior.imaging.polygons import fill_polygon, read_polygon

    shape = cine.files[0][0].shape
    labels = np.zeros((len(cine.files[0]), *shape), np.uint8)
    for kind, value in (("o", MYO), ("i", LV)):
        for place, contour in contours:
            if contour.kind == kind:
                labels[place][fill_polygon(read_polygon(contour.path), shape, str(contour.path))] = value
    return labels


def _place(cine: Cine, contour: Contour) -> tuple[int, int]:
    """Frame and slice of a contour's image."""
    import numpy as np

    found = np.argwhere(cine.instance_numbers == contour.instance)
    if len(found) != 1:
        raise SubjectError(
            "contour_image",
            f"{contour.path}: {len(found)} images of the cine have InstanceNumber {contour.instance}; wanted one",
        )
    return int(found[0][0]), int(found[0][1])


def _findings(
    annotations: Sequence[Annotation], frames: Mapping[int, Sequence[tuple[int, Contour]]], where: str
) -> tuple[Finding, ...]:
    found = []
    ed = next((a for a in annotations if a.phase == "ED"), None)
    if ed:
        slices = {kind: {z for z, contour in frames[ed.frame] if contour.kind == kind} for kind in "io"}
        bare = sorted(slices["i"] - slices["o"])
        if bare:
            sentence = (
                f"{where}: slices {[z + 1 for z in bare]} have no epicardium at ED; the muscle is too small by them"
            )
            found.append(Finding("warning", "partial_epicardium", sentence))
    others = [a.frame + 1 for a in annotations if not a.phase]
    if others:
        sentence = f"{where}: frames {others} have contours too; wanted ED, with epicardium, and ES"
        found.append(Finding("warning", "several_phases", sentence))
    return tuple(found)


def _contours(folder: Path) -> tuple[Contour, ...]:
    matches = [(path, _FILE.fullmatch(path.name)) for path in sorted(folder.rglob("*contour-manual.txt"))]
    return tuple(Contour(path, int(match[1]), match[2]) for path, match in matches if match)


def _is_patient(path: Path) -> bool:
    return bool(_IMAGES.fullmatch(path.name)) and path.is_dir() and any(p.is_file() for p in path.rglob("*"))


def _plain(original: str) -> str:
    """An original name without leading zeros: tables and folders differ in them."""
    match = _CONTOURS.fullmatch(original)
    return f"SC-{match[1]}-{int(match[2])}" if match else original
