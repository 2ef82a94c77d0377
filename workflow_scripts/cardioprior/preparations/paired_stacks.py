"""A thick stack and, on a grid of thin slices that fill its own, the high-resolution image and its labels (ACNN)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.imaging.geometry import Grid, grid_of, own_slices, resample, thin_slices, with_slices
from cardioprior.imaging.labels import RV
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.in_plane import FramePreparation, InPlaneSettings, grids
from cardioprior.store import Record


class Settings(InPlaneSettings):
    """slices: of the thick stack, 12 in the paper; more are left out at its ends, missing ones are empty. factor: thin
    slices for each, 5. Sizes suit the shape autoencoder: in plane multiples of 24, thin slices of 12."""

    size: int = Field(gt=0, multiple_of=24)
    slices: int = Field(gt=0)
    factor: int = Field(ge=1)


class Preparation(FramePreparation):
    """The frame of ED of the low-resolution view, bilinear in plane, min-max, and what the high-resolution one shows at
    the same place.

    Arrays `image` float32 (slices, size, size); `image_hr` float32 and `labels` uint8 (factor slices, size, size),
    labels of LV and MYO alone, `image_hr` linear and labels nearest. Meta: the grids, `grid` being that of the labels.
    Without a high-resolution view there is `image` alone.
    """

    Settings: ClassVar[type[Settings]] = Settings
    roles: ClassVar[tuple[Role, ...]] = ("lr", "hr")
    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        low = loaded.views["lr"]
        annotation = low.annotation("ED")
        thick = self.grid(low.image)
        thin = thin_slices(thick, self.settings.factor)
        arrays = {"image": self.frame(low.image, annotation.frame if annotation else 0, thick)}
        high = loaded.views.get("hr")
        truth = high.annotation("ED") if high else None
        if high and truth:
            arrays["image_hr"] = self.frame(high.image, truth.frame, thin)
            labels = resample(truth.labels, grid_of(high.image), thin, "nearest")
            arrays["labels"] = np.where(labels == RV, 0, labels)
        return Record(loaded.subject.id, arrays, grids(grid_of(low.image), thin))

    def grid(self, image: Volume) -> Grid:
        """The thick stack's grid: in-plane as set, with the settings' number of slices."""
        return with_slices(super().grid(image), self.settings.slices)


def acquired(record: Record) -> np.ndarray:
    """Which slices of a record's `image`, bool (slices,), the subject's own stack has; the others are empty."""
    return own_slices(record.meta["native"]["shape_zyx"][0], len(record.arrays["image"]))
