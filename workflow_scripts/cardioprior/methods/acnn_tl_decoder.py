"""Row "T-L decoder only" of ACNN's text: the shape that the code predicted from the image decodes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """Array `labels` (f z, y, x), uint8. The thick stack is upsampled linearly for the predictor (a guess)."""

    title = "T-L decoder only"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("shape_prior", study, cohort, fold),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import decoded_stack

        model = models["shape_prior"]
        return {"labels": decoded_stack(model["predictor"], model["autoencoder"], record, device)}
