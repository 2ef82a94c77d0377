"""Methods that find ES and ED with the frame detector (thesis, chapter 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class FrameMethod(MethodBase):
    """Probabilities of being ES and ED a frame, from the detector trained with one of the losses.

    loss: `wce` or `wdl`. Array `probabilities` (2, frames): of being ES and of being ED.
    """

    loss: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("frame_detector", study, cohort, fold, self.loss),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.frames import phase_probabilities

        (model,) = models.values()
        return {"probabilities": phase_probabilities(model["detector"], record, device)}
