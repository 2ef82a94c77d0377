"""The left ventricle's shapes at ED and ES on a common grid, from label maps alone (ACNN, section III-F)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Phase, Role
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, centred_grid, grid_of, resample
from cardioprior.imaging.placement import share_beyond
from cardioprior.imaging.labels import LV, MYO
from cardioprior.preparations.contract import PreparationBase, PreparationSettings
from cardioprior.store import Record

PHASES: tuple[Phase, ...] = ("ED", "ES")
STRUCTURES = ("LV", "MYO")
#: of the labelled voxels of a shape, those that may lie beyond the grid
MOST_BEYOND = 0.05


class Settings(PreparationSettings):
    """spacing_mm, size: in plane. slice_mm, slices: along the stack. Sizes suit the shape autoencoder: in plane
    multiples of 24, slices of 12."""

    spacing_mm: float = Field(gt=0)
    size: int = Field(gt=0, multiple_of=24)
    slice_mm: float = Field(gt=0)
    slices: int = Field(gt=0, multiple_of=12)


class Preparation(PreparationBase):
    """Label maps of cavity and wall, nearest neighbour, each about its own centre of mass, the base first.

    Thick slices are so repeated, not interpolated; beyond the stack's ends there is nothing. Axes stay those of the
    stack. Which end is the base, the shape at ED says: the end with more of it.

    Arrays `shape_ED`, `shape_ES` uint8 (slices, size, size). Meta: `spacing_mm` (z, y, x), `group`.
    """

    Settings: ClassVar[type[PreparationSettings]] = Settings
    roles: ClassVar[tuple[Role, ...]] = ("sax",)
    needs_phases = PHASES

    def prepare(self, loaded: LoadedSubject) -> Record:
        view, name = loaded.views["sax"], loaded.subject.id
        source = grid_of(view.image)
        shapes = {phase: _shape(view.annotation(phase), phase, name) for phase in PHASES}
        step = -1 if _base_is_last(shapes["ED"]) else 1
        arrays = {
            f"shape_{phase}": self._centred(shape, source, phase, name)[::step] for phase, shape in shapes.items()
        }
        spacing_mm = [self.settings.slice_mm, *2 * [self.settings.spacing_mm]]
        return Record(name, arrays, {"spacing_mm": spacing_mm, "group": loaded.subject.group})

    def _centred(self, shape: np.ndarray, source: Grid, phase: str, name: str) -> np.ndarray:
        s = self.settings
        z, y, x = (float(indices.mean()) for indices in np.nonzero(shape))
        spacing_mm = (s.slice_mm, s.spacing_mm, s.spacing_mm)
        target = centred_grid(source, spacing_mm, (s.slices, s.size, s.size), (z, y, x))
        beyond = share_beyond(shape > 0, source, target)
        if beyond > MOST_BEYOND:
            raise SubjectError(
                "beyond_grid",
                f"{name}: {beyond:.0%} of LV and myocardium at {phase} lie beyond the grid of {s.slices} slices "
                f"{s.slice_mm:g} mm apart and {s.size} x {s.size} pixels of {s.spacing_mm:g} mm; wanted all of it: a "
                "larger grid in the preparation's settings",
            )
        return resample(shape, source, target, "nearest")


def _shape(annotation: Annotation | None, phase: str, name: str) -> np.ndarray:
    """Labels of cavity and wall alone. Raises SubjectError where one of them was not annotated or is nowhere."""
    if annotation is None or not set(STRUCTURES) <= set(annotation.structures):
        known = ", ".join(annotation.structures) if annotation else ""
        raise SubjectError("no_shape", f"{name}: has {known or 'nothing'} annotated at {phase}; wanted LV and MYO")
    shape = np.where(np.isin(annotation.labels, (LV, MYO)), annotation.labels, 0).astype(np.uint8)
    for structure, value in zip(STRUCTURES, (LV, MYO), strict=True):
        if not (shape == value).any():
            raise SubjectError("no_shape", f"{name}: the labels at {phase} have no {structure}; wanted both LV and MYO")
    return shape


def _base_is_last(shape: np.ndarray) -> bool:
    """Whether more of a shape (z, y, x) lies behind the middle of its extent than before it."""
    areas = np.count_nonzero(shape, axis=(1, 2))
    (slices,) = np.nonzero(areas)
    middle = (slices[0] + slices[-1]) / 2
    return bool((areas * (np.arange(len(areas)) - middle)).sum() > 0)
