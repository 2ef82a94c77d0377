"""The flavours without DICOM: a NIfTI file a view with its labels beside it, and `subject.json`; out and in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Phase, Role, Subject, View
from cardioprior.cohorts.phantom import facts
from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.imaging.nifti import read_volume, write_volume
from cardioprior.imaging.volume import Volume

if TYPE_CHECKING:
    from cardioprior.cohorts.phantom.scans import Scanned


def write(folder: Path, scanned: Scanned) -> None:
    """Writes `<role>.nii.gz` and `<role>_labels.nii.gz` of every view, and the facts, into an existing folder."""
    for role, picture in scanned.pictures.items():
        affine = picture.grid.affine()
        write_volume(folder / f"{role}.nii.gz", Volume(picture.image, affine))
        write_volume(folder / f"{role}_labels.nii.gz", Volume(picture.labels, affine))
    cycle = scanned.cycle
    more = {
        "views": sorted(scanned.pictures),
        "cycle_length": cycle.length,
        "frames": cycle.frames,
        "es_frame": cycle.es_frame,
        "frame_ms": round(60000 / scanned.person.heart_rate_bpm / cycle.length, 3),
        "slice_shift_mm": {
            role: picture.grid.shift_mm[:, 1::-1].round(3).tolist()
            for role, picture in scanned.pictures.items()
            if picture.grid.shift_mm.any()
        },
    }
    facts.write(folder, scanned.person, more)


def read(folder: Path, subject: Subject, structures: dict[Role, tuple[str, ...]]) -> LoadedSubject:
    """What `write` wrote. structures: what counts as annotated in a view, LV, MYO and RV where it is not named."""
    try:
        known = facts.read(folder)
        frames, es_frame = tuple(known["frames"]), known["es_frame"]
        views = {role: _view(folder, role, known, structures.get(role)) for role in known["views"]}
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise SubjectError("bad_facts", f"{folder / facts.NAME}: {fault!r}; wanted the phantom's own facts") from fault
    return LoadedSubject(replace(subject, ed_frame=0, es_frame=es_frame if es_frame in frames else None), views)


def _view(folder: Path, role: Role, known: dict[str, Any], structures: tuple[str, ...] | None) -> View:
    image = read_volume(folder / f"{role}.nii.gz")
    drawn = read_volume(folder / f"{role}_labels.nii.gz")
    if drawn.data.shape != image.data.shape:
        raise SubjectError(
            "label_grid",
            f"{folder / role}_labels.nii.gz: label {drawn.data.shape} is not on the image grid {image.data.shape}",
        )
    frames = tuple(known["frames"])
    phases: dict[int, Phase] = {known["es_frame"]: "ES", 0: "ED"}
    named = structures or tuple(labels.STRUCTURES)
    return View(
        role=role,
        image=image,
        frame_numbers=frames,
        cycle_length=known["cycle_length"],
        frame_times_ms=tuple(frame * known["frame_ms"] for frame in frames),
        annotations=tuple(
            Annotation(frame=place, phase=phases.get(frame, ""), structures=named, labels=drawn.data[place])
            for place, frame in enumerate(frames)
        ),
        slice_shift_mm=tuple((y, x) for y, x in known["slice_shift_mm"].get(role, ())),
    )
