"""Cines from DICOM files: the short axis of a study, its slices in order of position and its frames in order of time.

`short_axis(find_stacks([folder]))` is the whole of it; dicom_stacks groups the files, this file sorts and checks them.
"""

from __future__ import annotations

from operator import attrgetter
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.imaging.dicom_files import Files, Header, read_pixels
from cardioprior.imaging.dicom_repeats import acquisitions
from cardioprior.imaging.dicom_stacks import SAME_POSITION_MM, Stack, Study, common_folder, find_stacks, parallel
from cardioprior.imaging.overlays import Overlay
from cardioprior.imaging.volume import Volume

__all__ = ["Cine", "Stack", "Study", "find_stacks", "short_axis", "sort_frames"]

# A slice may be a tenth of a step off its place: volumes use the mean step, so the total is exact, and cine slices are
# thicker than that. At a missing slice the step is off by a whole one.
STEP_TOLERANCE = 0.1


@dataclass(frozen=True, eq=False)
class Cine:
    """A sorted stack: every slice has every frame.

    files: files[t][z], z increasing along row x column. affine: 4 x 4, voxel (x, y, z, 1) to LPS mm; its z column is
    the mean step between slice positions, gap included.
    """

    files: tuple[tuple[Header, ...], ...]
    affine: np.ndarray

    @property
    def trigger_times_ms(self) -> np.ndarray:
        """Time after the R wave, float, shape (t, z), nan where a file has none; slices differ, as heartbeats do."""
        return np.array([[_or(file.trigger_ms, np.nan) for file in frame] for frame in self.files], float)

    @property
    def frame_times_ms(self) -> tuple[float, ...]:
        """Median trigger time over the slices for each frame, empty if they are missing or do not increase."""
        times = np.median(self.trigger_times_ms, axis=1)
        known = np.isfinite(times).all() and (np.diff(times) > 0).all()
        return tuple(times.tolist()) if known else ()

    @property
    def instance_numbers(self) -> np.ndarray:
        """InstanceNumber, int, shape (t, z), -1 where a file has none: contour files name images by it."""
        return np.array([[_or(file.instance, -1) for file in frame] for frame in self.files], int)

    @property
    def overlays(self) -> tuple[tuple[tuple[Overlay, ...], ...], ...]:
        """Overlay planes of each file, [t][z]."""
        return tuple(tuple(file.overlays for file in frame) for frame in self.files)

    def volume(self) -> Volume:
        """The pixels, rescaled: int16 where every file has slope 1 and the values fit, else float32.

        Decodes every file once a call. Raises SubjectError `unreadable_dicom`.
        """
        first = self.files[0][0]
        stored = np.stack([np.stack([read_pixels(file) for file in frame]) for frame in self.files])
        slopes = {(file.slope, file.intercept) for frame in self.files for file in frame}
        if slopes == {(1.0, 0.0)} and _fits_int16(stored):
            return Volume(stored.astype(np.int16), self.affine)
        data = np.empty((len(self.files), len(self.files[0]), *first.shape), np.float32)
        for t, frame in enumerate(self.files):
            for z, file in enumerate(frame):
                data[t, z] = stored[t, z] * np.float64(file.slope) + file.intercept
        return Volume(data, self.affine)


def short_axis(study: Study) -> Cine:
    """The short-axis cine of a study: the moving stack with most slices (and, among equals, most frames), sorted.

    Long-axis planes are not parallel to one another, so the short axis is the stack of three slices or more. A stack
    of single frames is taken if nothing moves. Raises SubjectError: `no_short_axis`, `several_short_axes` where two
    are equal in slices and frames, `mixed_spacing` where slices of another matrix or spacing lie between or next to
    it, and what `sort_frames` raises.
    """
    stacks = sorted((stack for stack in study.stacks if len(stack.slices) >= 3), key=_rank)
    if not stacks:
        shapes = ", ".join(f"{len(stack.slices)} x {stack.frames}" for stack in study.stacks) or "none"
        raise SubjectError(
            "no_short_axis",
            f"{study.folder}: no short-axis stack among {len(study.files.images)} images (stacks, slices x frames: "
            f"{shapes}); wanted 3 parallel slices or more{_note(study.files)}",
        )
    best = stacks[-1]
    if len(stacks) > 1 and _rank(stacks[-2]) == _rank(best):
        raise SubjectError(
            "several_short_axes",
            f"{study.folder}: two stacks of {len(best.slices)} slices x {best.frames} frames, in {stacks[-2].folder} "
            f"and {best.folder}; wanted one short-axis stack",
        )
    _refuse_mixed_spacing(best, study)
    return sort_frames(best, study.files)


def sort_frames(stack: Stack, files: Files | None = None) -> Cine:
    """The stack in order of slice and frame.

    Frames of a slice follow their trigger times; where these are missing or repeat, InstanceNumber; then
    AcquisitionTime. `files` adds to an error what was ignored. Raises SubjectError: `missing_slice`, `uneven_slices`,
    `shifted_slice`, `repeated_slice`, `missing_frame`, `repeated_frame`.
    """
    step = _step(stack)
    _check_frames(stack, files)
    slices = [_by_time(frames, stack) for frames in stack.slices]
    first = slices[0][0]
    affine = np.eye(4)
    affine[:3, 0] = np.multiply(first.row, first.spacing_mm[1])
    affine[:3, 1] = np.multiply(first.column, first.spacing_mm[0])
    affine[:3, 2] = step
    affine[:3, 3] = first.position
    return Cine(tuple(zip(*slices, strict=True)), affine)


def _rank(stack: Stack) -> tuple[bool, int, int]:
    return stack.frames > 1, len(stack.slices), stack.frames


def _refuse_mixed_spacing(best: Stack, study: Study) -> None:
    """The same slices on another grid are another acquisition; neighbours that `best` lacks are a part of it."""
    mine = best.slices[0][0]
    near = 1.5 * np.diff(best.heights_mm).max()
    for other in study.stacks:
        theirs = other.slices[0][0]
        if other is best or other.frames != best.frames or best.frames == 1 or not parallel(mine, theirs):
            continue
        heights = np.array([files[0].position for files in other.slices]) @ best.normal
        if SAME_POSITION_MM < np.abs(heights[:, None] - best.heights_mm[None]).min() < near:
            raise SubjectError(
                "mixed_spacing",
                f"{study.folder}: short-axis slices of {_grid(mine)} in {best.folder} and of {_grid(theirs)} in "
                f"{theirs.path.parent}; wanted one matrix and pixel spacing",
            )


def _grid(file: Header) -> str:
    rows, columns = file.shape
    return f"{rows} x {columns} pixels of {file.spacing_mm[0]:g} x {file.spacing_mm[1]:g} mm"


def _step(stack: Stack) -> np.ndarray:
    """Vector in mm from a slice to the next; checks that the slices are a regular pile."""
    first = stack.slices[0][0]
    if len(stack.slices) == 1:
        return stack.normal * (first.thickness_mm or 1.0)
    _check_steps(stack)
    positions = np.array([files[0].position for files in stack.slices])
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    offsets = positions - positions[0] - np.outer(stack.heights_mm - stack.heights_mm[0], stack.normal)
    worst = int(np.argmax(np.linalg.norm(offsets, axis=1)))
    # one affine cannot place slices that are shifted in their planes; a pixel is what reconstruction may round
    if np.linalg.norm(offsets[worst]) > max(first.spacing_mm):
        raise SubjectError(
            "shifted_slice",
            f"{stack.slices[worst][0].path}: its slice is shifted by {np.linalg.norm(offsets[worst]):.1f} mm in its "
            f"plane against {first.path}; wanted less than a pixel ({max(first.spacing_mm):g} mm)",
        )
    return step


def _check_steps(stack: Stack) -> None:
    steps = np.diff(stack.heights_mm)
    multiples = np.round(steps / steps.min())
    step = float(np.median(steps[multiples == 1]))
    if np.abs(steps - step).max() <= STEP_TOLERANCE * step:
        return
    odd = int(np.argmax(np.abs(steps - step)))
    where = f"{stack.folder}: slices {odd + 1} and {odd + 2} of {len(steps) + 1} are {steps[odd]:.2f} mm apart"
    between = f"({stack.slices[odd][0].path.name} and {stack.slices[odd + 1][0].path.name})"
    if np.abs(steps - multiples * step).max() <= STEP_TOLERANCE * step:
        raise SubjectError(
            "missing_slice",
            f"{where} {between}, the others {step:.2f} mm: {int(multiples.sum()) - len(steps)} slice(s) missing",
        )
    raise SubjectError(
        "uneven_slices", f"{where} {between}; wanted {step:.2f} mm to within {STEP_TOLERANCE * step:.2f} mm"
    )


def _check_frames(stack: Stack, files: Files | None) -> None:
    for number, frames in enumerate(stack.slices, 1):
        where = f"{common_folder(file.path.parent for file in frames)}: slice {number} of {len(stack.slices)}"
        series = Counter(file.series for file in frames)
        repeats = [count for count in series.values() if count > 1]
        if len(frames) > stack.frames or len(repeats) > 1:
            raise SubjectError(
                "repeated_slice" if len(repeats) > 1 else "repeated_frame",
                f"{where} has {len(frames)} frames from {len(series)} series (a file is {frames[-1].path.name}) where "
                f"most slices have {stack.frames}; wanted each slice and frame once",
            )
        if len(frames) < stack.frames:
            raise SubjectError(
                "missing_frame",
                f"{where} has {len(frames)} frames (a file is {frames[0].path.name}), the others have {stack.frames}; "
                f"wanted every frame of every slice{_note(files)}",
            )
        parts = acquisitions(frames)
        if len(series) == 1 and len(parts) > 1:
            raise SubjectError(
                "repeated_slice",
                f"{where} has every trigger time {len(parts)} times in one series (two files are "
                f"{parts[0][0].path.name} and {parts[1][0].path.name}); wanted each slice and frame once",
            )


def _by_time(frames: Sequence[Header], stack: Stack) -> tuple[Header, ...]:
    for key in ("trigger_ms", "instance", "acquired"):
        values = [getattr(file, key) for file in frames]
        if None not in values and len(set(values)) == len(values):
            return tuple(sorted(frames, key=attrgetter(key)))
    raise SubjectError(
        "repeated_frame",
        f"{stack.folder}: {len(frames)} frames of one slice, among them {frames[0].path.name} and "
        f"{frames[-1].path.name}, have neither distinct trigger times nor distinct instance numbers or times of "
        "acquisition; wanted each frame once",
    )


def _fits_int16(stored: np.ndarray) -> bool:
    limits = np.iinfo(np.int16)
    return np.issubdtype(stored.dtype, np.integer) and limits.min <= stored.min() and stored.max() <= limits.max


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _note(files: Files | None) -> str:
    words = files.ignored_in_words() if files else ""
    return f" ({words})" if words else ""
