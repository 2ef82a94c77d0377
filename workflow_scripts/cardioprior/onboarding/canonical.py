"""Subjects on disk in canonical form: one JSON a subject and one or two NIfTI files a view.

`sub-<id>.json` holds what the NIfTI headers cannot: group, phases, annotated structures, units.
`sub-<id>_<role>.nii.gz` is the image, `sub-<id>_<role>_labels.nii.gz` has one frame per annotation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cardioprior import atomic
from cardioprior.cohorts.contract import Annotation, LoadedSubject, Role, Subject, View
from cardioprior.errors import Finding, SubjectError
from cardioprior.imaging.nifti import read_volume, write_volume
from cardioprior.imaging.volume import Volume

UNITS = {
    "spacing": "mm",
    "world": "LPS+ (the NIfTI affine is RAS+)",
    "time": "ms",
    "height": "cm",
    "weight": "kg",
    "volume": "ml",
}


def json_path(folder: Path, subject_id: str) -> Path:
    """The JSON file of a subject."""
    return folder / f"sub-{subject_id}.json"


def write(folder: Path, loaded: LoadedSubject) -> list[Path]:
    """Writes a subject, returns the files written, the JSON last (a subject without it is not there)."""
    stem = f"sub-{loaded.subject.id}"
    files, views = [], {}
    for role, view in loaded.views.items():
        image = folder / f"{stem}_{role}.nii.gz"
        write_volume(image, view.image)
        files.append(image)
        if view.annotations:
            labels = folder / f"{stem}_{role}_labels.nii.gz"
            write_volume(labels, Volume(np.stack([a.labels for a in view.annotations]), view.image.affine))
            files.append(labels)
        views[role] = _describe(view)
    path = json_path(folder, loaded.subject.id)
    atomic.write_json(
        path,
        {
            "subject": asdict(loaded.subject),
            "units": UNITS,
            "views": views,
            "findings": [asdict(finding) for finding in loaded.findings],
        },
    )
    return [*files, path]


def read(folder: Path, subject_id: str, roles: Collection[Role] | None = None) -> LoadedSubject:
    """Reads a subject back, all views or those of `roles`."""
    path = json_path(folder, subject_id)
    if not path.is_file():
        raise SubjectError("not_converted", f"{path}: is missing; wanted the subject's canonical description")
    record = atomic.read_json(path)
    subject = Subject(**{**record["subject"], "sources": tuple(record["subject"]["sources"])})
    views = {
        role: _view(folder, subject_id, role, about)
        for role, about in record["views"].items()
        if roles is None or role in roles
    }
    return LoadedSubject(subject, views, tuple(Finding(**finding) for finding in record["findings"]))


def _describe(view: View) -> dict[str, Any]:
    return {
        "spacing_mm": list(view.image.spacing_mm),
        "shape_tzyx": list(view.image.data.shape),
        "frame_numbers": list(view.frame_numbers),
        "cycle_length": view.cycle_length,
        "frame_times_ms": list(view.frame_times_ms),
        "phases_from": view.phases_from,
        "slice_shift_mm": [list(shift) for shift in view.slice_shift_mm],
        "annotations": [
            {"frame": a.frame, "phase": a.phase, "structures": list(a.structures)} for a in view.annotations
        ],
    }


def _view(folder: Path, subject_id: str, role: Role, about: dict[str, Any]) -> View:
    image = read_volume(folder / f"sub-{subject_id}_{role}.nii.gz")
    annotations: tuple[Annotation, ...] = ()
    if about["annotations"]:
        labels = read_volume(folder / f"sub-{subject_id}_{role}_labels.nii.gz").data
        annotations = tuple(
            Annotation(a["frame"], a["phase"], tuple(a["structures"]), labels[i].astype(np.uint8))
            for i, a in enumerate(about["annotations"])
        )
    return View(
        role=role,
        image=image,
        frame_numbers=tuple(about["frame_numbers"]),
        cycle_length=about["cycle_length"],
        frame_times_ms=tuple(about["frame_times_ms"]),
        annotations=annotations,
        phases_from=about["phases_from"],
        slice_shift_mm=tuple((y, x) for y, x in about["slice_shift_mm"]),
    )
