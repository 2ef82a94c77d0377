"""Methods that fill stacks with every other slice left out (slice interpolation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.methods.contract import MethodBase
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch

    from cardioprior.imaging.geometry import Interpolation


#: behind the title of an interpolation that is sampled off the slices
OFF = ", a quarter slice off"


class SliceMethod(MethodBase):
    """Arrays `stack_<name>` (2 z - 1, y, x) for every `image_<name>` (z, y, x) of a record of dropped_slices."""

    def fill(self, stack: Any, models: Mapping[str, Any], device: torch.device) -> Any:
        """The stack with the slices between."""
        raise NotImplementedError

    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        return {
            name.replace("image_", "stack_"): self.fill(array, models, device)
            for name, array in record.arrays.items()
            if name.startswith("image_")
        }


class CodeMixing(SliceMethod):
    """Kept slices are reconstructed, those between decoded from the mean of their neighbours' codes.

    model: file in models/; its form where it has several.
    """

    model: ClassVar[str] = "slice_autoencoder"
    form: ClassVar[str] = ""

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return (ModelRef(self.model, study, cohort, fold, self.form),)

    def fill(self, stack: Any, models: Mapping[str, Any], device: torch.device) -> Any:
        import numpy as np

        from cardioprior.inference.slices import mixed_stack

        (model,) = models.values()
        return mixed_stack(model["autoencoder"], stack, np.arange(2 * len(stack) - 1) / 2, device)


class SliceInterpolation(SliceMethod):
    """Interpolation along z on the slices' own grid. off_slices: see inference.slices.interpolated_stack."""

    interpolation: ClassVar[Interpolation]
    off_slices: ClassVar[float] = 0.0

    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        return ()

    def fill(self, stack: Any, models: Mapping[str, Any], device: torch.device) -> Any:
        from cardioprior.inference.slices import interpolated_stack

        return interpolated_stack(stack, self.interpolation, self.off_slices)
