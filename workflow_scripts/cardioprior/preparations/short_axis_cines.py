"""Short-axis cines with labels on every frame, slice by slice (k-space paper, section 3)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Phase, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, grid_of, resample
from cardioprior.imaging.intensity import min_max
from cardioprior.preparations.contract import PreparationSettings
from cardioprior.preparations.in_plane import InPlanePreparation, InPlaneSettings, grids
from cardioprior.store import Record

PHASES: tuple[Phase, ...] = ("ED", "ES")


class Masks(PreparationSettings):
    """Numbers of lines that are tested. curve: with one mask each. repeated: with `repeats` masks each, of three
    slices. reconstructed: by compressed sensing, in `iterations` steps."""

    curve: tuple[int, ...]
    repeated: tuple[int, ...]
    repeats: int = Field(ge=2)
    reconstructed: tuple[int, ...]
    iterations: int = Field(ge=1)


class Settings(InPlaneSettings):
    """lines: of k-space, the images' size along y, the phase-encode axis; at most `size`, their size along x. frames:
    that cines have; 1 for the frames of ED and ES alone, each on its own. masks: of the test conditions."""

    lines: int = Field(gt=0, multiple_of=8)
    frames: int = Field(ge=1)
    masks: Masks


class Preparation(InPlanePreparation):
    """Arrays `cines` float16 (n, t, y, x), a sample a slice, from 0 to 1 over the subject's cine; `cine_labels` uint8,
    alike; `phases` int16 (2, z, 2): sample and frame of every slice at ED and at ES.

    Cines of another number of frames are resampled in time, each frame being the nearest of its cycle. With single
    frames samples are the slices at ED, then those at ES. Meta: `masks` and `voxel_ml`, the grids, and `structures`,
    those annotated at ED and ES. Without labels `cine_labels` and `phases` are left out. Subjects need labels on all
    frames, or, with single frames, at ED and ES.
    """

    Settings: ClassVar[type[Settings]] = Settings
    needs_phases: ClassVar[tuple[str, ...]] = PHASES

    def grid(self, image: Any) -> Grid:
        square = super().grid(image)
        surplus = self.settings.size - self.settings.lines
        affine = square.affine.copy()
        affine[:3, 3] += surplus / 2 * affine[:3, 1]
        return Grid((square.shape_zyx[0], self.settings.lines, self.settings.size), affine)

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        source, grid = grid_of(view.image), self.grid(view.image)
        frames = self._frames(view, loaded.subject.id)
        images = resample(view.image.data[frames].astype(np.float32), source, grid, "linear")
        arrays = {"cines": _samples(min_max(images), self.settings.frames).astype(np.float16)}
        about = {
            "masks": self.settings.masks.model_dump(mode="json"),
            "voxel_ml": float(np.prod(grid.spacing_mm)) / 1000,
            **grids(source, grid),
        }
        labels = {a.frame: a.labels for a in view.annotations}
        if view.annotations:
            lacking = [frame for frame in frames if frame not in labels]
            if lacking:
                raise SubjectError(
                    "unlabelled_frames",
                    f"{loaded.subject.id}: frames {', '.join(map(str, lacking[:5]))} have no labels; wanted them on "
                    "every frame of the cine, or single frames (preparation.frames: 1)",
                )
            drawn = resample(np.stack([labels[frame] for frame in frames]), source, grid, "nearest")
            arrays["cine_labels"] = _samples(drawn, self.settings.frames)
            arrays["phases"] = self._phases(view, frames, grid.shape_zyx[0])
            shared = [set(found.structures) for phase in PHASES if (found := view.annotation(phase))]
            about["structures"] = sorted(set.intersection(*shared))
        return Record(loaded.subject.id, arrays, about)

    def _frames(self, view: View, subject: str) -> list[int]:
        """Indices on the t axis of the frames that are kept."""
        if self.settings.frames == 1:
            found = [a.frame for phase in PHASES if (a := view.annotation(phase))]
            return found or list(range(len(view.image.data)))
        count = len(view.image.data)
        if count != view.cycle_length:
            raise SubjectError(
                "not_a_cine", f"{subject}: has {count} of {view.cycle_length} frames; wanted a whole cycle"
            )
        return [round(place * count / self.settings.frames) % count for place in range(self.settings.frames)]

    def _phases(self, view: View, frames: list[int], slices: int) -> np.ndarray:
        places = np.empty((len(PHASES), slices, 2), np.int16)
        for number, phase in enumerate(PHASES):
            annotation = view.annotation(phase)
            frame = annotation.frame if annotation else 0
            count = view.cycle_length
            apart = [min((kept - frame) % count, (frame - kept) % count) for kept in frames]
            nearest = int(np.argmin(apart))
            single = self.settings.frames == 1
            places[number, :, 0] = np.arange(slices) + (nearest * slices if single else 0)
            places[number, :, 1] = 0 if single else nearest
        return places


def _samples(frames: np.ndarray, kept: int) -> np.ndarray:
    """Frames (t, z, y, x) as samples (z, t, y, x), or (t z, 1, y, x) where frames stay single."""
    if kept == 1:
        return frames.reshape((-1, 1, *frames.shape[2:]))
    return np.ascontiguousarray(frames.swapaxes(0, 1))
