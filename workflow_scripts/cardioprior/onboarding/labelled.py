"""Images and labels from separate files: what adapters of labelled data sets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cardioprior.cohorts.contract import Annotation, Phase, View
from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.imaging.nifti_steps import read_checked
from cardioprior.imaging.volume import Volume

#: share of a voxel by which a label may lie off its image: headers round, and a shift of half a voxel is a shift
TOLERANCE = 0.25


def join_frames(frames: Sequence[tuple[Path, Volume]]) -> Volume:
    """Images of single files as one cine, in the order given. Raises SubjectError `frame_grid` where grids differ."""
    path, first = frames[0]
    for other, image in frames[1:]:
        if image.shape_zyx != first.shape_zyx or not _same_place(image, first):
            raise SubjectError(
                "frame_grid",
                f"{other}: {_grid(image)} is not the grid of {path.name}, {_grid(first)}; wanted one grid a view",
            )
    return Volume(np.concatenate([image.data for _, image in frames]), first.affine)


def one_frame(label: Volume, path: Path, frame: int | None = None) -> Volume:
    """A label map of one frame: frame `frame` (counted from 0) of a file of several, or the only one.

    Raises SubjectError: `frame_number` where the file has no such frame, `label_grid` where it is not said which.
    """
    frames = len(label.data)
    if frames == 1:
        return label
    if frame is None:
        raise SubjectError("label_grid", f"{path}: holds {frames} frames of labels; wanted one, or the frame's number")
    if not 0 <= frame < frames:
        raise SubjectError("frame_number", f"{path}: has frames 0 to {frames - 1}; wanted frame {frame}")
    return Volume(label.data[frame : frame + 1], label.affine)


def refuse_other_grid(label: Volume, image: Volume, path: Path) -> None:
    """Raises SubjectError `label_grid` where a label map is not on its image's grid, in shape or in place."""
    if label.shape_zyx != image.shape_zyx:
        raise SubjectError("label_grid", f"{path}: label {label.shape_zyx} is not on the image grid {image.shape_zyx}")
    if not np.allclose(label.spacing_mm, image.spacing_mm, rtol=1e-2):
        raise SubjectError(
            "label_grid", f"{path}: label spacing {label.spacing_mm} mm is not the image's {image.spacing_mm}"
        )
    if not _same_place(label, image):
        raise SubjectError(
            "label_grid",
            f"{path}: the label's first voxel or directions are not the image's (the affines, LPS, are "
            f"{label.affine[:3].round(3).tolist()} and {image.affine[:3].round(3).tolist()}); wanted one grid",
        )


def read_annotation(
    path: Path, image: Volume, index: int, phase: Phase, values: Mapping[str, int], frame: int | None = None
) -> Annotation:
    """The labels of the frame at `index` on the image's t axis, from a NIfTI file.

    values: the file's value of every structure that was annotated. frame: which of the file's frames, if it has
    several. Raises SubjectError: what reading raises, `label_grid`, `frame_number`, `unknown_label`.
    """
    label = one_frame(read_checked(path)[0], path, frame)
    refuse_other_grid(label, image, path)
    return annotate(label.data[0], index, phase, values, str(path))


def with_labels_of_cine(view: View, label: Volume, path: Path, values: Mapping[str, int]) -> View:
    """A view with labels of as many frames as its cine; frames without a label are not annotated.

    path: where the labels are from. Raises SubjectError: `label_grid`, `unknown_label`.
    """
    refuse_other_grid(label, view.image, path)
    if len(label.data) != len(view.image.data):
        raise SubjectError(
            "label_grid", f"{path}: has {len(label.data)} frames; wanted the image's {len(view.image.data)}"
        )
    drawn = [t for t, data in enumerate(label.data) if data.any()]
    annotations = tuple(annotate(label.data[t], t, "", values, str(path)) for t in drawn)
    return replace(view, annotations=annotations)


def annotate(label: np.ndarray, index: int, phase: Phase, values: Mapping[str, int], source: str) -> Annotation:
    """Labels (z, y, x) in a data set's values as an annotation. Raises SubjectError `unknown_label`."""
    mapping = {theirs: labels.STRUCTURES[name] for name, theirs in values.items()}
    structures = tuple(name for name in labels.STRUCTURES if name in values)
    return Annotation(index, phase, structures, labels.remap(label, mapping, source))


def _same_place(one: Volume, other: Volume) -> bool:
    """Whether the corners of two volumes of one shape coincide, within TOLERANCE of a voxel along its shortest side."""
    z, y, x = one.shape_zyx
    corners = np.array([[i, j, k, 1.0] for i in (0, x - 1) for j in (0, y - 1) for k in (0, z - 1)]).T
    gaps = np.linalg.norm(((one.affine - other.affine) @ corners)[:3], axis=0)
    # rotations and scales written with few digits are off by more, the further the corner
    allowed = TOLERANCE * min(other.spacing_mm) + 1e-3 * np.linalg.norm(np.multiply(other.shape_zyx, other.spacing_mm))
    return bool(gaps.max() <= allowed)


def _grid(image: Volume) -> str:
    spacing = " x ".join(f"{mm:g}" for mm in image.spacing_mm)
    return f"shape {image.shape_zyx} of {spacing} mm at {image.affine[:3, 3].round(2).tolist()}"
