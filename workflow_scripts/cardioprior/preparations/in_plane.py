"""What preparations share that bring short-axis images to a square in-plane grid and leave the slices as they are."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import Role
from cardioprior.imaging.geometry import Grid, grid_of, image_centre, in_plane_grid, resample
from cardioprior.imaging.intensity import min_max
from cardioprior.imaging.localisation import moving_centre
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.contract import PreparationBase, PreparationSettings


class InPlaneSettings(PreparationSettings):
    """spacing_mm, size: of the square images, size a multiple of 16. centre: of the crop, the picture's middle (as
    the thesis) or what moves."""

    spacing_mm: float = Field(gt=0)
    size: int = Field(gt=0, multiple_of=16)
    centre: Literal["picture", "motion"]


class InPlanePreparation(PreparationBase):
    """Images of the short axis on the settings' grid, which `grid` gives for any image, labelled or not."""

    Settings: ClassVar[type[PreparationSettings]] = InPlaneSettings
    roles: ClassVar[tuple[Role, ...]] = ("sax",)

    def grid(self, image: Volume) -> Grid:
        """The in-plane grid for a cine or a single frame, about the centre that the settings name."""
        source = grid_of(image)
        centre = moving_centre(image.data, source) if self.settings.centre == "motion" else image_centre(source)
        return in_plane_grid(source, self.settings.spacing_mm, self.settings.size, centre)


class FramePreparation(InPlanePreparation):
    """Prepares frame by frame; one that normalises in another way has a `frame` of its own."""

    def frame(self, image: Volume, frame: int, grid: Grid) -> np.ndarray:
        """A frame on a grid (z, size, size), linear, its smallest value 0 and its largest 1, float32."""
        return min_max(resample(image.data[frame], grid_of(image), grid, "linear"))


def grids(native: Grid, grid: Grid) -> dict[str, Any]:
    """The subject's own grid and the prepared one as JSON values, for the way back."""
    return {
        name: {"shape_zyx": list(g.shape_zyx), "affine": g.affine.tolist()}
        for name, g in (("native", native), ("grid", grid))
    }
