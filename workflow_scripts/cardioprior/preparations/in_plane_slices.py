"""Stacks of slices at one in-plane spacing (slice interpolation, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, grid_of, resample
from cardioprior.imaging.intensity import between_percentiles
from cardioprior.imaging.regions import slice_regions
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.in_plane import FramePreparation, InPlaneSettings, grids
from cardioprior.store import Record

LOW, HIGH = 1, 99
FEWEST_SLICES = 3


class Settings(InPlaneSettings):
    """size: of the stored images, zero-padded; training crops from it. crop: of the middle of it, what is scored.
    frames: those with a phase, or all."""

    crop: int = Field(gt=0, multiple_of=16)
    frames: Literal["phases", "all"]


class Preparation(FramePreparation):
    """Every frame from its 1st to its 99th percentile to [0, 1], bilinear in plane, slices untouched.

    Arrays `image_<name>` float32 (z, size, size), name being ED, ES or t<frame>, and where labels are known
    `labels_<name>` uint8, alike, and `regions_<name>` uint8 (z,), see imaging.regions. Meta: `crop`, and the grids.
    """

    Settings: ClassVar[type[Settings]] = Settings

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        if view.image.shape_zyx[0] < FEWEST_SLICES:
            raise SubjectError(
                "few_slices",
                f"{loaded.subject.id}: has {view.image.shape_zyx[0]} slices; wanted {FEWEST_SLICES}, to leave one out",
            )
        source, grid = grid_of(view.image), self.grid(view.image)
        labels = {annotation.frame: annotation.labels for annotation in view.annotations}
        arrays = {}
        for name, frame in self._frames(view):
            arrays[f"image_{name}"] = self.frame(view.image, frame, grid)
            if frame in labels:
                arrays[f"regions_{name}"] = slice_regions(labels[frame])
                arrays[f"labels_{name}"] = resample(labels[frame], source, grid, "nearest")
        return Record(loaded.subject.id, arrays, {"crop": self.settings.crop, **grids(source, grid)})

    def frame(self, image: Volume, frame: int, grid: Grid) -> np.ndarray:
        scaled = between_percentiles(image.data[frame], LOW, HIGH)
        return resample(scaled, grid_of(image), grid, "linear")

    def _frames(self, view: View) -> Iterator[tuple[str, int]]:
        """Name and index of the frames to prepare; with no annotated phase, all."""
        phases = {a.frame: a.phase for a in view.annotations if a.phase}
        every = self.settings.frames == "all" or not phases
        for frame in range(len(view.image.data)) if every else sorted(phases):
            yield phases.get(frame) or f"t{frame:02d}", frame
