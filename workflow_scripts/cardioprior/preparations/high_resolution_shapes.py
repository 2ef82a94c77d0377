"""High-resolution label maps of all structures about the heart (latent optimisation)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, centred_grid, grid_of, resample
from cardioprior.preparations.contract import PreparationBase, PreparationSettings
from cardioprior.preparations.in_plane import grids
from cardioprior.store import Record


class Settings(PreparationSettings):
    """spacing_mm, size: in plane; slice_mm, slices: along z. Sizes are multiples of 16, as the generator halves them
    four times."""

    spacing_mm: float = Field(gt=0)
    size: int = Field(gt=0, multiple_of=16)
    slice_mm: float = Field(gt=0)
    slices: int = Field(gt=0, multiple_of=16)


class Preparation(PreparationBase):
    """The labels at ED on a grid in the direction of the acquired one, the middle of the structures' box in its middle.

    Array `labels` uint8 (slices, size, size), nearest. Meta: the grids; `structures`, those that were annotated.
    """

    Settings: ClassVar[type[Settings]] = Settings
    roles: ClassVar[tuple[Role, ...]] = ("hr",)
    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["hr"]
        truth = view.annotation("ED")
        if truth is None or not truth.labels.any():
            raise SubjectError("no_ed", f"{loaded.subject.id}: has no labels at ED; wanted some of the hr view")
        source = grid_of(view.image)
        found = np.argwhere(truth.labels)
        centre = (found.min(axis=0) + found.max(axis=0)) / 2
        grid = self.grid(source, (float(centre[0]), float(centre[1]), float(centre[2])))
        labels = resample(truth.labels, source, grid, "nearest")
        about = {**grids(source, grid), "structures": list(truth.structures)}
        return Record(loaded.subject.id, {"labels": labels}, about)

    def grid(self, source: Grid, centre_zyx: tuple[float, float, float]) -> Grid:
        """The settings' grid about a place given as an index on the source grid."""
        given = self.settings
        spacing = (given.slice_mm, given.spacing_mm, given.spacing_mm)
        return centred_grid(source, spacing, (given.slices, given.size, given.size), centre_zyx)
