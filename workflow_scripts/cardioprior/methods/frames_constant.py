"""A row that the thesis lacks: the same guess for every cine. Gated cines start at ED, so it looks good there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """ES and ED at their mean place in the training set's cycles; array as of the detector."""

    title = "Constant guess"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("mean_frame", study, cohort, fold),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        import numpy as np

        (model,) = models.values()
        frames = len(record.arrays["cine"])
        probabilities = np.zeros((2, frames), np.float32)
        for row, phase in enumerate(("ES", "ED")):
            probabilities[row, round(model[phase] * frames) % frames] = 1
        return {"probabilities": probabilities}
