"""Methods that segment thick stacks on the grid of thin slices (ACNN, table I)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class StackMethod(MethodBase):
    """Array `labels` (f z, y, x), uint8, from a record of paired_stacks.

    row: the condition of models/stack_segmentation.py.
    """

    row: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("stack_segmentation", study, cohort, fold, self.row),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import segmented_stack

        (model,) = models.values()
        return {"labels": segmented_stack(model["segmentation"], record, device)}
