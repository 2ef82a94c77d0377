"""CETUS'14 (Bernard et al., IEEE TMI 2016): 3D ultrasound in MetaImage files, the LV's endocardium as meshes.

`PatientN/PatientN_frameFF.mhd` (frames count from 1), `PatientN_ED_ES_time.txt` (line 1 ED, line 2 ES, the last word is
the frame) and `PatientN_{ED,ES}_truth.vtk`. Lengths are in metres; they are read as mm if that is what they must be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cardioprior.cohorts.contract import Annotation, Cohort, LoadedSubject, Phase, Subject, View
from cardioprior.errors import CardioPriorError, Finding, SubjectError

_FRAME = re.compile(r"_frame(\d+)\.mhd$")


class Adapter(Cohort):
    """Patients with the view `us`, all frames that are there; LV is annotated at ED and ES."""

    signs = (r"(^|/)[Pp]atient\d+_frame\d+\.mhd$",)

    def find(self) -> Sequence[Subject]:
        folders = [path for path in self.root.rglob("[Pp]atient*") if path.is_dir() and _frames(path)]
        if not folders:
            raise CardioPriorError(f"{self.root}: found no PatientN/PatientN_frameFF.mhd; wanted CETUS' layout")
        subjects = [self._subject(folder) for folder in folders]
        return sorted(subjects, key=lambda subject: subject.id)

    def _subject(self, folder: Path) -> Subject:
        ed_frame, es_frame = _stated(folder)
        return Subject(folder.name, (str(folder.relative_to(self.root)),), ed_frame=ed_frame, es_frame=es_frame)

    def load(self, subject: Subject) -> LoadedSubject:
        from cardioprior.imaging.metaimage import read_metaimage
        from cardioprior.onboarding.labelled import join_frames

        folder = self.root / subject.sources[0]
        files = _frames(folder)
        image = join_frames([(path, read_metaimage(path)) for _, path in sorted(files.items())])
        numbers = tuple(sorted(files))
        view = View("us", image, numbers, max(numbers) + 1, phases_from="metadata")
        stated: dict[Phase, int | None] = {"ED": subject.ed_frame, "ES": subject.es_frame}
        annotations, findings = [], []
        for phase, frame in stated.items():
            path = folder / f"{folder.name}_{phase}_truth.vtk"
            if not path.is_file():
                continue
            if frame is None or frame not in numbers:
                found = "no frame" if frame is None else f"frame {frame + 1}, which has no image"
                time = folder / f"{folder.name}_ED_ES_time.txt"
                sentence = f"{time}: names {found} for {phase}; wanted the frame of {path.name}"
                findings.append(Finding("warning", f"no_frame_{phase.lower()}", sentence))
                continue
            annotations.append(_annotation(path, view, numbers.index(frame), phase))
        if not annotations and findings:
            raise SubjectError("no_frames", findings[0].sentence)
        return LoadedSubject(subject, {"us": replace(view, annotations=tuple(annotations))}, tuple(findings))


def _annotation(path: Path, view: View, index: int, phase: Phase) -> Annotation:
    import numpy as np

    from cardioprior.imaging.geometry import grid_of
    from cardioprior.imaging.labels import LV
    from cardioprior.imaging.meshes import Mesh, read_vtk, voxelise
    from cardioprior.imaging.nifti_steps import METRES_BELOW_MM

    mesh = read_vtk(path)
    if np.ptp(mesh.points, axis=0).max() < METRES_BELOW_MM * 10:  # an LV of half a metre is none
        mesh = Mesh(mesh.points * 1000.0, mesh.triangles)
    mask = voxelise(mesh, grid_of(view.image), str(path))
    return Annotation(index, phase, ("LV",), np.where(mask, np.uint8(LV), np.uint8(0)))


def _frames(folder: Path) -> dict[int, Path]:
    """Image files by frame, counted from 0."""
    found = {path: _FRAME.search(path.name) for path in folder.glob("*_frame*.mhd")}
    return {int(match[1]) - 1: path for path, match in found.items() if match}


def _stated(folder: Path) -> tuple[int | None, int | None]:
    """ED and ES, counted from 0, from the file of times."""
    path = folder / f"{folder.name}_ED_ES_time.txt"
    lines = [line.split() for line in path.read_text(errors="replace").splitlines()] if path.is_file() else []
    words = [line[-1] for line in lines if line]
    ed_frame, es_frame, *_ = [int(word) - 1 if word.isdigit() else None for word in (*words[:2], "", "")]
    return ed_frame, es_frame
