"""DICOM cines without labels: one folder a subject, files at any depth below it, under any names.

What `snakemake apply` and a first look at new data need: images, no annotations.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior.cohorts.contract import Cohort, LoadedSubject, Subject, View
from cardioprior.errors import CardioPriorError, Finding
from cardioprior.imaging.archives import is_archive, named_after, opened, without_ending

if TYPE_CHECKING:
    from cardioprior.imaging.dicom import Cine, Study

#: slices are thicker than their steps by more than this share where acquisitions overlap
OVERLAP = 1.5


class Adapter(Cohort):
    """A folder of such subjects; every sub-folder with a file in it is one, and every zip or tar archive."""

    signs = (r"^[^/]+/.*\.(dcm|DCM)$",)
    rank = 3

    def find(self) -> Sequence[Subject]:
        files = sorted(self.root.iterdir()) if self.root.is_dir() else []
        packed = [path.name for path in files if is_archive(path) and path.is_file()]
        folders = subject_folders(self.root, may_lack=bool(packed))
        named = {name: name for name in folders} | {
            without_ending(name) if without_ending(name) not in folders else name: name for name in packed
        }
        return [Subject(id=name, sources=(source,)) for name, source in sorted(named.items())]

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.dicom import find_stacks, short_axis

        path = self.root / subject.sources[0]
        with opened(path) as folder:
            study = find_stacks([folder])
            findings = named_after(damaged_files(study), folder, path)
            return LoadedSubject(subject, {"sax": sax_view(short_axis(study))}, findings)


def subject_folders(root: Path, may_lack: bool = False) -> list[str]:
    """Names of the folders directly below the root that hold files at any depth, sorted; hidden folders are not.

    One that may not be read counts: it may hold files, and its subject is then told of. Raises CardioPriorError if
    there is none, unless there may be none.
    """
    wanted = "wanted one folder a subject with its DICOM files at any depth below it"
    if not root.is_dir():
        raise CardioPriorError(f"{root}: there is no such folder; {wanted}")
    folders = [folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    names = sorted(folder.name for folder in folders if _may_hold_files(folder))
    if not names and not may_lack:
        raise CardioPriorError(f"{root}: found no folder with files in it; {wanted}")
    return names


def _may_hold_files(folder: Path) -> bool:
    faults: list[OSError] = []
    return any(names for _, _, names in os.walk(folder, onerror=faults.append)) or bool(faults)


def sax_view(cine: Cine) -> View:
    """The short-axis view of a sorted cine: one whole cycle, not annotated."""
    frames = len(cine.files)
    return View(
        role="sax",
        image=cine.volume(),
        frame_numbers=tuple(range(frames)),
        cycle_length=frames,
        frame_times_ms=cine.frame_times_ms,
    )


def damaged_files(study: Study) -> tuple[Finding, ...]:
    """Warnings about a study's files.

    `not_dicom`: files that are named as DICOM images are not DICOM; other files are expected in such folders.
    `turned_slices`: slices are filed with other axes than their stack. `overlapping_slices`: slices are much thicker
    than the steps between them, as where two acquisitions lie half-way between one another. `several_studies`: files
    are of several studies or patients by their headers.
    """
    return (*_misnamed(study), *_turned(study), *_overlapping(study), *_of_several(study))


def _of_several(study: Study) -> tuple[Finding, ...]:
    found = {file.study for file in study.files.images}
    if len(found) < 2:
        return ()
    patients = len({patient for _, patient in found})
    sentence = (
        f"{study.folder}: its files are of {len(found)} studies and {patients} patient(s) by their headers; took the "
        "largest short-axis stack, wanted one study a subject"
    )
    return (Finding("warning", "several_studies", sentence),)


def _overlapping(study: Study) -> tuple[Finding, ...]:
    import numpy as np

    from cardioprior.imaging.short_axis_cine import MIN_SLICES

    for stack in study.stacks:
        thickness_mm = stack.slices[0][0].thickness_mm
        if len(stack.slices) < MIN_SLICES or stack.frames == 1 or thickness_mm is None:
            continue
        step_mm = float(np.median(np.diff(stack.heights_mm)))
        if thickness_mm > OVERLAP * step_mm:
            sentence = (
                f"{stack.folder}: slices of {thickness_mm:g} mm lie {step_mm:.2f} mm apart: two acquisitions may lie "
                "between one another; took all slices as one stack"
            )
            return (Finding("warning", "overlapping_slices", sentence),)
    return ()


def _turned(study: Study) -> tuple[Finding, ...]:
    from cardioprior.imaging.dicom_turned import is_turned

    turned = [files[0].path for stack in study.stacks for files in stack.slices if is_turned(files)]
    if not turned:
        return ()
    sentence = (
        f"{study.folder}: {len(turned)} slice(s) have their rows and columns exchanged or reversed against the others, "
        f"a file is {turned[0]}; turned them back"
    )
    return (Finding("warning", "turned_slices", sentence),)


def _misnamed(study: Study) -> tuple[Finding, ...]:
    from cardioprior.imaging.dicom_files import NOT_DICOM

    damaged = [
        path for path, why in study.files.ignored if why == NOT_DICOM and path.suffix.lower() in (".dcm", ".ima")
    ]
    if not damaged:
        return ()
    return (
        Finding(
            "warning",
            "not_dicom",
            f"{study.folder}: {len(damaged)} file(s) named as DICOM are not, the first is {damaged[0]}; wanted files "
            "that start with a DICOM preamble",
        ),
    )
