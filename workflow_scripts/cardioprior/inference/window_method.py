"""Methods that segment volumes in windows of three slices (thesis, chapter 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class WindowMethod(MethodBase):
    """Segments ED and ES volumes in windows; the network has seen ED alone.

    model: file in models/ that gives the network. windows: `disjoint` as in the thesis, or `overlapping`. Arrays
    `labels_ED` and `labels_ES` (z, y, x) on the native grid.
    """

    model: ClassVar[str]
    windows: ClassVar[str] = "disjoint"

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef(self.model, study, cohort, fold),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.segmentation import segment_phases

        return segment_phases(models[self.model]["segmentation"], record, device, self.windows)
