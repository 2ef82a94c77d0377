"""Row "regression U-net" of chapter 6 of the thesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """LV volumes at ED and ES with the activation maps they are read off; the network has learnt from ED volumes alone.

    Arrays `cam_<phase>` (z, y, x), `areas_<phase>` (z,) in pixels and `volume_<phase>` in ml, on the prepared grid.
    """

    title = "regression U-net"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("volume_regressor", study, cohort, fold),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.volumes import regress_phases

        (model,) = models.values()
        return regress_phases(model["regressor"], record, device)
