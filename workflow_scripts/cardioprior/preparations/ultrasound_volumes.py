"""Three-dimensional ultrasound at ED and ES on a cube of isotropic voxels (ACNN, section IV-D)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, cube_grid, grid_of, resample
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.contract import PreparationSettings
from cardioprior.preparations.in_plane import FramePreparation, grids
from cardioprior.store import Record


class Settings(PreparationSettings):
    """spacing_mm: along all axes. size: voxels a side, a multiple of 24, as the shape autoencoder wants."""

    spacing_mm: float = Field(gt=0)
    size: int = Field(gt=0, multiple_of=24)


class Preparation(FramePreparation):
    """The cube about the middle of the picture, linear, min-max a frame.

    Arrays `image_<phase>` float32 and, of annotated frames, `labels_<phase>` uint8 nearest, shape (size, size, size).
    An image without annotations gives its first frame as ED. Meta: the native and the prepared grid.
    """

    Settings: ClassVar[type[Settings]] = Settings
    roles: ClassVar[tuple[Role, ...]] = ("us",)
    needs_phases = ("ED", "ES")

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["us"]
        source, grid = grid_of(view.image), self.grid(view.image)
        arrays = {}
        for annotation in view.annotations:
            if annotation.phase:
                arrays[f"image_{annotation.phase}"] = self.frame(view.image, annotation.frame, grid)
                arrays[f"labels_{annotation.phase}"] = resample(annotation.labels, source, grid, "nearest")
        if not arrays:
            arrays["image_ED"] = self.frame(view.image, 0, grid)
        if not all(image.any() for name, image in arrays.items() if name.startswith("image_")):
            raise SubjectError(
                "empty_image",
                f"{loaded.subject.id}: the middle {self.settings.size * self.settings.spacing_mm:g} mm of its "
                "ultrasound hold one value; wanted a picture",
            )
        return Record(loaded.subject.id, arrays, grids(source, grid))

    def grid(self, image: Volume) -> Grid:
        """The settings' cube about the image's middle, along its axes."""
        return cube_grid(grid_of(image), self.settings.spacing_mm, self.settings.size)
