"""A row beside table I of ACNN, from its text: super-resolution, and a 3D U-net behind it, in 3D-Seg's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.models.stack_segmentation import SUPER_RESOLUTION
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class Method(MethodBase):
    """Array `labels` (f z, y, x), uint8. Both networks are of this study: neither was trained on who is tested."""

    title = "SR followed by U-Net"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        segmentation = ModelRef("stack_segmentation", study, cohort, fold, "sr-then-unet")
        return (segmentation.sibling(*SUPER_RESOLUTION), segmentation)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import segmented_stack, super_resolved

        first, second = models.values()
        image = super_resolved(first["super_resolution"], record, device)
        made = Record(record.subject, {"image": image}, record.meta)
        return {"labels": segmented_stack(second["segmentation"], made, device)}
