"""Annotated short-axis frames on an in-plane grid (thesis, section 5.3.1)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.imaging.geometry import Grid, grid_of, image_centre, in_plane_grid, resample
from cardioprior.imaging.intensity import min_max
from cardioprior.imaging.localisation import moving_centre
from cardioprior.imaging.volume import Volume
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
        source, grid = grid_of(view.image), self.grid(view.image)
        arrays, structures = {}, {}
        for annotation in view.annotations:
            if not annotation.phase:
                continue
            arrays[f"image_{annotation.phase}"] = self.frame(view.image, annotation.frame, grid)
            arrays[f"labels_{annotation.phase}"] = resample(annotation.labels, source, grid, "nearest")
            structures[annotation.phase] = list(annotation.structures)
        return Record(loaded.subject.id, arrays, {"structures": structures, **grids(source, grid)})

    def grid(self, image: Volume) -> Grid:
        """The in-plane grid for a cine or a single frame."""
        return crop_grid(image.data, grid_of(image), self.settings)

    def frame(self, image: Volume, frame: int, grid: Grid) -> np.ndarray:
        """A frame (z, size, size) on that grid, from 0 to 1."""
        return min_max(resample(image.data[frame], grid_of(image), grid, "linear"))


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
