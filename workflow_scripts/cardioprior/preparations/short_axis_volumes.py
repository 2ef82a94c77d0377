"""Short-axis frames and the volumes of what was annotated in them (thesis, section 6.3.1), or stated of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.imaging.localisation import farthest_frame
from cardioprior.metrics.clinical import volume_ml
from cardioprior.preparations import short_axis_frames
from cardioprior.preparations.in_plane import InPlaneSettings
from cardioprior.store import Record


_NO_ED = "has no labels at ED"


class Settings(InPlaneSettings):
    """As of short_axis_frames, but for any size of 16 and more: the network takes odd sizes at its coarser levels."""

    size: int = Field(ge=16)


class Preparation(short_axis_frames.Preparation):
    """As short_axis_frames, with volumes in the meta besides.

    `volumes_ml`: of every annotated structure, by phase and structure, from the labels on the subject's own grid, not
    from the resampled ones; the gap between slices counts. `pixel_mm`, `voxel_volume_ml`: of the prepared grid.
    A subject without labels at ED or ES of which the data set states the LV's volumes has these and no label arrays;
    ED is then taken to be its first frame (cines start at the R wave) and ES the one that is most unlike it.
    """

    Settings: ClassVar[type[Settings]] = Settings

    @classmethod
    def lacks(cls, row: Mapping[str, str]) -> str:
        lacking = super().lacks(row)
        if lacking != _NO_ED or row["phases"] or not row["edv_ml"]:
            return f"{lacking} and no stated volume" if lacking == _NO_ED else lacking
        return "" if int(row["frames"]) > 1 else "has 1 frame and no labels; a stated volume needs a cine"

    def prepare(self, loaded: LoadedSubject) -> Record:
        view = loaded.views["sax"]
        record = super().prepare(loaded)
        volumes: dict[str, dict[str, float]] = {
            a.phase: _volumes_ml(a, view.image.voxel_volume_ml) for a in view.annotations if a.phase
        }
        if not volumes:
            volumes = _stated_ml(loaded.subject)
            record = self._stated(record, view, volumes)
        pixel_mm = self.settings.spacing_mm
        voxel_volume_ml = pixel_mm**2 * view.image.spacing_mm[0] / 1000
        about = {"volumes_ml": volumes, "pixel_mm": pixel_mm, "voxel_volume_ml": voxel_volume_ml}
        return replace(record, meta={**record.meta, **about})

    def _stated(self, record: Record, view: View, volumes: Mapping[str, Any]) -> Record:
        """The record with the images of the phases whose volumes are stated."""
        grid = self.grid(view.image)
        frames = {"ED": 0, "ES": farthest_frame(view.image.data)}
        arrays = {f"image_{phase}": self.frame(view.image, frames[phase], grid) for phase in volumes}
        structures = {phase: ["LV"] for phase in volumes}
        return replace(record, arrays=arrays, meta={**record.meta, "structures": structures})


def _stated_ml(subject: Subject) -> dict[str, dict[str, float]]:
    """The LV's volumes that the data set states, by phase and structure."""
    stated = {"ED": subject.edv_ml, "ES": subject.esv_ml}
    return {phase: {"LV": volume} for phase, volume in stated.items() if volume is not None}


def _volumes_ml(annotation: Annotation, voxel_volume_ml: float) -> dict[str, float]:
    return {name: volume_ml(annotation.labels == STRUCTURES[name], voxel_volume_ml) for name in annotation.structures}
