"""Row "LI-net autoencoder" of the k-space paper: the true labels through their code and back, LI-net's limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.inference.kspace_method import CURVE
from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.models.li_net import AUTOENCODER
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """Arrays as of inference.kspace.labelled, with the fully sampled lines as its only draw."""

    title = "LI-net autoencoder"
    conditions = (CURVE,)

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef(AUTOENCODER, study, cohort, fold),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.kspace import label_draws, labelled

        model = models[AUTOENCODER]

        def recoded(labels: Any) -> tuple[Any, Any]:
            code = model["encoder"](labels)
            return model["decoder"](code), code

        return labelled(record, label_draws(record, device), lambda n: recoded)
