"""Three-dimensional ultrasound at ED and ES on an isotropic grid (ACNN, section IV-D)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cardioprior.cohorts.contract import LoadedSubject, Role
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, isotropic_grid, grid_of, resample
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.contract import PreparationSettings
from cardioprior.preparations.in_plane import FramePreparation, grids
from cardioprior.store import Record


class Settings(PreparationSettings):
    """spacing_mm: along all axes. shape_zyx: voxels, multiples of (12, 24, 24), as the shape autoencoder wants."""

    spacing_mm: float = Field(gt=0)
    shape_zyx: tuple[
        Annotated[int, Field(gt=0, multiple_of=12)],
        Annotated[int, Field(gt=0, multiple_of=24)],
        Annotated[int, Field(gt=0, multiple_of=24)],
    ]


class Preparation(FramePreparation):
    """The middle of the picture on an isotropic grid, linear, min-max a frame.

    Arrays `image_<phase>` float32 and, of annotated frames, `labels_<phase>` uint8 nearest, of the settings' shape. An
    image without annotations gives its first frame as ED. Meta: the native and the prepared grid.
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
                f"{loaded.subject.id}: the middle {self._extent()} of its ultrasound holds one value; wanted a picture",
            )
        return Record(loaded.subject.id, arrays, grids(source, grid))

    def grid(self, image: Volume) -> Grid:
        """The settings' grid about the image's middle, along its axes."""
        return isotropic_grid(grid_of(image), self.settings.spacing_mm, self.settings.shape_zyx)

    def _extent(self) -> str:
        return " x ".join(f"{length * self.settings.spacing_mm:g}" for length in self.settings.shape_zyx) + " mm"
