"""Methods that bring thick stacks to high resolution (ACNN, table III)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch

    from cardioprior.imaging.geometry import Interpolation


class SuperResolutionMethod(MethodBase):
    """Array `upsampled` (f z, y, x), float32, from a record of paired_stacks, on the grid of thin slices."""

    timed_runs = 3


class Network(SuperResolutionMethod):
    """row: the condition of models/super_resolution.py."""

    row: ClassVar[str]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef("super_resolution", study, cohort, fold, self.row),)

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import super_resolved

        (model,) = models.values()
        return {"upsampled": super_resolved(model["super_resolution"], record, device)}


class Interpolated(SuperResolutionMethod):
    """Interpolation along z, on the grid of thin slices."""

    interpolation: ClassVar[Interpolation]

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return ()

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        from cardioprior.inference.stacks import interpolated

        return {"upsampled": interpolated(self.interpolation, record)}
