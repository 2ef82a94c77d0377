"""Annotated short-axis frames on an in-plane grid (thesis, section 5.3.1)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.imaging.geometry import Grid, grid_of, image_centre, in_plane_grid, resample
from cardioprior.imaging.intensity import min_max
from cardioprior.imaging.localisation import moving_centre
from cardioprior.preparations.contract import PreparationBase, PreparationSettings
from cardioprior.store import Record


class Settings(PreparationSettings):
    """spacing_mm, size: of the square images, size a multiple of 16. centre: of the crop, the picture's middle (as
    the thesis) or what moves."""

    spacing_mm: float = Field(gt=0)
    size: int = Field(gt=0, multiple_of=16)
    centre: Literal["picture", "motion"]


class Preparation(PreparationBase):
    """One volume a labelled phase: bilinear in plane, cropped or zero-padded, min-max per volume, slices untouched.

    Arrays `image_<phase>` float32 and `labels_<phase>` uint8, shape (z, size, size); meta has the structures
    annotated in each phase, and the native and the prepared grid.
    """

    Settings = Settings
    roles: ClassVar[tuple[Role, ...]] = ("sax",)
    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        source = grid_of(view.image)
        grid = crop_grid(view.image.data, source, self.settings)
        arrays, structures = {}, {}
        for annotation in view.annotations:
            if not annotation.phase:
                continue
            frame = view.image.data[annotation.frame]
            arrays[f"image_{annotation.phase}"] = min_max(resample(frame, source, grid, "linear"))
            arrays[f"labels_{annotation.phase}"] = resample(annotation.labels, source, grid, "nearest")
            structures[annotation.phase] = list(annotation.structures)
        return Record(loaded.subject.id, arrays, {"structures": structures, **grids(source, grid)})


def grids(native: Grid, grid: Grid) -> dict[str, Any]:
    """The subject's own grid and the prepared one as JSON values, for the way back."""
    return {
        name: {"shape_zyx": list(g.shape_zyx), "affine": g.affine.tolist()}
        for name, g in (("native", native), ("grid", grid))
    }


def crop_grid(frames: np.ndarray, source: Grid, settings: Settings) -> Grid:
    """The in-plane grid of the settings about the centre they name. frames: shape (t, z, y, x)."""
    centre = moving_centre(frames, source) if settings.centre == "motion" else image_centre(source)
    return in_plane_grid(source, settings.spacing_mm, settings.size, centre)
