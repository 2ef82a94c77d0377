"""Row "NN" of latent optimisation: every thin slice is the thick one next to it."""

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

    title = "NN"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return ()

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.imaging.geometry import stored_grid
        from cardioprior.inference.shape_interpolation import repeated_slices

        thin = stored_grid(record.meta["grid"]).shape_zyx[0]
        return {"labels": repeated_slices(record.arrays["stack"], record.meta["places"], thin)}
