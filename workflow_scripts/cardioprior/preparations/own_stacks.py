"""Short-axis stacks at ED and ES on their own slices, as networks of whole stacks learn from them (after ACNN)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from cardioprior.cohorts.contract import Annotation, LoadedSubject
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, grid_of, resample, with_slices
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.in_plane import FramePreparation, InPlaneSettings, grids
from cardioprior.store import Record


class Settings(InPlaneSettings):
    """slices: that networks learn from; a stack with fewer gets empty ones at its ends, of one with more the middle
    ones are taken (training.pairs). Sizes suit the shape autoencoder: in plane multiples of 24, slices of 12."""

    size: int = Field(gt=0, multiple_of=24)
    slices: int = Field(gt=0, multiple_of=12)


class Preparation(FramePreparation):
    """Every annotated frame of ED and ES: bilinear in plane, min-max, the slices as acquired and where they were.

    Arrays `image_<phase>` float32 and `labels_<phase>` uint8 nearest, (n, size, size), n the settings' slices or the
    stack's own where these are more. A frame in which LV, MYO or RV was not annotated has no labels here, as they would
    pass for background. An image without annotations gives its first frame as ED. Meta: `slices` of the settings, and
    the native and the prepared grid.
    """

    Settings: ClassVar[type[Settings]] = Settings
    needs_phases = ("ED",)

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        source, grid = grid_of(view.image), self.grid(view.image)
        annotations = [annotation for annotation in view.annotations if annotation.phase]
        arrays: dict[str, np.ndarray] = {}
        for annotation in annotations:
            arrays[f"image_{annotation.phase}"] = self.frame(view.image, annotation.frame, grid)
            if set(annotation.structures) >= set(STRUCTURES):
                arrays[f"labels_{annotation.phase}"] = resample(annotation.labels, source, grid, "nearest")
        if not annotations:
            arrays["image_ED"] = self.frame(view.image, 0, grid)
        elif not any(name.startswith("labels_") for name in arrays):
            raise SubjectError("incomplete_labels", _incomplete(loaded.subject.id, annotations))
        return Record(loaded.subject.id, arrays, {"slices": self.settings.slices, **grids(source, grid)})

    def grid(self, image: Volume) -> Grid:
        """The stack's own slices, at least as many as set, on the settings' in-plane grid."""
        return with_slices(super().grid(image), max(image.shape_zyx[0], self.settings.slices))


def _incomplete(name: str, annotations: list[Annotation]) -> str:
    found = "; ".join(f"{', '.join(one.structures) or 'nothing'} at {one.phase}" for one in annotations)
    return f"{name}: annotated are {found}; wanted a phase with all of {', '.join(STRUCTURES)}"
