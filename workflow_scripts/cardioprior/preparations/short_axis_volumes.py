"""Annotated short-axis frames and the volumes of what was annotated in them (thesis, section 6.3.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from cardioprior.cohorts.contract import Annotation, LoadedSubject
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.metrics.clinical import volume_ml
from cardioprior.preparations import short_axis_frames
from cardioprior.preparations.in_plane import InPlaneSettings
from cardioprior.store import Record


class Settings(InPlaneSettings):
    """As of short_axis_frames, but for any size of 16 and more: the network takes odd sizes at its coarser levels."""

    size: int = Field(ge=16)


class Preparation(short_axis_frames.Preparation):
    """As short_axis_frames, with volumes in the meta besides.

    `volumes_ml`: of every annotated structure, by phase and structure, from the labels on the subject's own grid, not
    from the resampled ones; the gap between slices counts. `pixel_mm`, `voxel_volume_ml`: of the prepared grid.
    """

    Settings: ClassVar[type[Settings]] = Settings

    def prepare(self, loaded: LoadedSubject) -> Record:
        record = super().prepare(loaded)
        view = loaded.views["sax"]
        volumes = {a.phase: _volumes_ml(a, view.image.voxel_volume_ml) for a in view.annotations if a.phase}
        pixel_mm = self.settings.spacing_mm
        voxel_volume_ml = pixel_mm**2 * view.image.spacing_mm[0] / 1000
        about = {"volumes_ml": volumes, "pixel_mm": pixel_mm, "voxel_volume_ml": voxel_volume_ml}
        return replace(record, meta={**record.meta, **about})


def _volumes_ml(annotation: Annotation, voxel_volume_ml: float) -> dict[str, float]:
    return {name: volume_ml(annotation.labels == STRUCTURES[name], voxel_volume_ml) for name in annotation.structures}
