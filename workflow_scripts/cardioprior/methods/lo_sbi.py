"""Row "SBI" of latent optimisation: signed distances interpolated between thick slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """Array `labels` uint8 (z, y, x)."""

    title = "SBI"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return ()

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.imaging.geometry import stored_grid
        from cardioprior.imaging.labels import CLASSES
        from cardioprior.inference.shape_interpolation import shape_based

        grid = stored_grid(record.meta["grid"])
        stack, places = record.arrays["stack"], record.meta["places"]
        return {"labels": shape_based(stack, places, grid.shape_zyx[0], CLASSES, grid.spacing_mm[2])}
