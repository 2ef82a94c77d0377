"""Methods that segment thick stacks on the grid of thin slices, or volumes on the subject's own (ACNN)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class StackMethod(MethodBase):
    """Arrays of labels, see inference.stacks.segmented.

    row: the condition of models/stack_segmentation.py.
    """

    row: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("stack_segmentation", study, cohort, fold, self.row),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import segmented

        (model,) = models.values()
        return segmented(model["segmentation"], record, device)
