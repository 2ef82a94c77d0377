"""ACDC (Bernard et al., IEEE TMI 2018) in its official layout: one folder a patient with Info.cfg."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cardioprior.cohorts.contract import Annotation, Cohort, CohortSettings, LoadedSubject, Phase, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError
from cardioprior.onboarding import tables

#: ACDC's label values -> ours (RV=1, MYO=2, LV=3 there)
LABELS = {1: 3, 2: 2, 3: 1}
GROUPS = {"NOR": "NOR", "DCM": "DCM", "HCM": "HCM", "MINF": "MINF", "RV": "ARV"}


class Settings(CohortSettings):
    """adapter and root; the root is the data set's folder or any folder above the patients."""


class Adapter(Cohort):
    """Patients with frames ED and ES and, where the 4D file is there, the whole cine.

    The headers' affine says 1 mm; the true spacing is in the zooms and is taken from there. Labels are mapped from
    RV=1, MYO=2, LV=3; the group RV is named ARV here, as in the other cohorts.
    """

    Settings = Settings
    signs = (r"(^|/)patient\d+/Info\.cfg$",)

    def find(self) -> Sequence[Subject]:
        folders = sorted({path.parent for path in self.root.rglob("patient*/Info.cfg")})
        folders += [p for p in self.root.rglob("patient*") if p.is_dir() and p not in folders and p.name[7:].isdigit()]
        if not folders:
            raise CardioPriorError(f"{self.root}: found no folder patientNNN with an Info.cfg; wanted ACDC's layout")
        return sorted((self._subject(folder) for folder in folders), key=lambda subject: subject.id)

    def _subject(self, folder: Path) -> Subject:
        info = _read_info(folder / "Info.cfg")
        return Subject(
            id=folder.name,
            sources=(str(folder.relative_to(self.root)),),
            group=GROUPS.get(info.get("Group", ""), info.get("Group", "")),
            height_cm=tables.height_cm(info.get("Height")),
            weight_kg=tables.weight_kg(info.get("Weight")),
            ed_frame=tables.frame_number(info.get("ED"), first=1),
            es_frame=tables.frame_number(info.get("ES"), first=1),
        )

    def load(self, subject: Subject) -> LoadedSubject:
        folder = self.root / subject.sources[0]
        info_path = folder / "Info.cfg"
        if not info_path.is_file():
            raise SubjectError("no_info", f"{info_path}: is missing; wanted ACDC's file with ED, ES and Group")
        if subject.ed_frame is None and subject.es_frame is None:
            raise SubjectError("no_info", f"{info_path}: names neither ED nor ES; wanted lines such as `ED: 1`")
        return LoadedSubject(subject, {"sax": self._view(folder, subject)}, _cycle_findings(info_path))

    def _view(self, folder: Path, subject: Subject) -> View:
        from cardioprior.imaging.labels import STRUCTURES, remap
        from cardioprior.imaging.nifti import read_volume
        from cardioprior.onboarding.labelled import join_frames, one_frame, refuse_other_grid

        stated: tuple[tuple[Phase, int | None], ...] = (("ED", subject.ed_frame), ("ES", subject.es_frame))
        phases = [
            (phase, frame) for phase, frame in stated if frame is not None and _frame_path(folder, frame).is_file()
        ]
        if not phases:
            wanted = [_frame_path(folder, f).name for f in (subject.ed_frame, subject.es_frame) if f is not None]
            raise SubjectError(
                "no_frames", f"{folder}: has none of {', '.join(wanted)}; wanted the images of ED and ES"
            )
        images = {frame: read_volume(_frame_path(folder, frame), spacing_from_zooms=True) for _, frame in phases}
        joined = join_frames([(_frame_path(folder, frame), image) for frame, image in sorted(images.items())])
        info = _read_info(folder / "Info.cfg")
        cine = folder / f"{folder.name}_4d.nii.gz"
        if cine.is_file():
            image = read_volume(cine, spacing_from_zooms=True)
            numbers = tuple(range(len(image.data)))
        else:
            numbers, image = tuple(sorted(images)), joined
        annotations = []
        for phase, frame in phases:
            path = _frame_path(folder, frame, "_gt")
            if not path.is_file():
                continue
            label = one_frame(read_volume(path, spacing_from_zooms=True), path)
            refuse_other_grid(label, image, path)
            if frame not in numbers:
                raise SubjectError("frame_number", f"{path}: frame {frame + 1} is not in the cine of {len(numbers)}")
            labels = remap(label.data[0], LABELS, str(path))
            annotations.append(Annotation(numbers.index(frame), phase, tuple(STRUCTURES), labels))
        length = max(tables.frame_number(info.get("NbFrame")) or 0, max(numbers) + 1)
        return View("sax", image, numbers, length, annotations=tuple(annotations), phases_from="metadata")


def _frame_path(folder: Path, frame: int, kind: str = "") -> Path:
    """ACDC counts frames from 1."""
    return folder / f"{folder.name}_frame{frame + 1:02d}{kind}.nii.gz"


def _read_info(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = tables.read_text(path).splitlines()
    return {m[1]: m[2].strip() for line in lines if (m := re.match(r"\s*(\w+)\s*:\s*(.*)", line))}


def _cycle_findings(path: Path) -> tuple[Finding, ...]:
    """A warning where the number of frames is not a number."""
    stated = _read_info(path).get("NbFrame")
    if tables.frame_number(stated, first=1) is not None:
        return ()
    return (Finding("warning", "no_cycle", f"{path}: says NbFrame: {stated}; wanted the frames in a heartbeat"),)
