"""A thick short-axis stack and the four-chamber plane of the same heart (latent optimisation, section 3.1)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cardioprior.cohorts.contract import LoadedSubject, Role, View
from cardioprior.imaging.geometry import grid_of, resample
from cardioprior.preparations import high_resolution_shapes
from cardioprior.preparations.contract import LONG_AXIS, LONG_AXIS_LABELS
from cardioprior.preparations.in_plane import FramePreparation, InPlaneSettings, grids
from cardioprior.store import Record


class Settings(InPlaneSettings):
    """shapes: the grid on which label maps are restored; that of the models that restore them."""

    shapes: high_resolution_shapes.Settings


class Preparation(FramePreparation):
    """The frames of ED, bilinear in plane, min-max; the high-resolution view is not looked at.

    Arrays `image_ED` float32 (z, size, size) of the stack, `image_la4ch` (1, size, size) of the plane, and where they
    are annotated `labels_ED` and `labels_la4ch`, uint8, nearest. Meta: `native` and `grid` of the stack, `native_la4ch`
    and `grid_la4ch` of the plane, `shapes`: the grid's settings.
    """

    Settings: ClassVar[type[Settings]] = Settings
    roles: ClassVar[tuple[Role, ...]] = ("lr", "la4ch")
    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        arrays: dict[str, np.ndarray] = {}
        about: dict[str, Any] = {}
        for role, image, labels in (("lr", "image_ED", "labels_ED"), ("la4ch", LONG_AXIS, LONG_AXIS_LABELS)):
            view: View = loaded.views[role]  # type: ignore[index]
            grid = self.grid(view.image)
            annotation = view.annotation("ED")
            arrays[image] = self.frame(view.image, annotation.frame if annotation else 0, grid)
            if annotation:
                arrays[labels] = resample(annotation.labels, grid_of(view.image), grid, "nearest")
            suffix = "" if role == "lr" else f"_{role}"
            about |= {f"{name}{suffix}": value for name, value in grids(grid_of(view.image), grid).items()}
        return Record(loaded.subject.id, arrays, {**about, "shapes": self.settings.shapes.model_dump()})
