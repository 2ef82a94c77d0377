"""A linear generator of label maps: the mean shape and its principal components."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from cardioprior.networks.acquisition import at_places


class LinearShapes(nn.Module):
    """Codes (batch, components) to scores (batch, classes, z, y, x): mean + sum_i code_i component_i, each component
    scaled by its SD, so that codes of the training set have unit variance."""

    def __init__(self, mean: Tensor, components: Tensor) -> None:
        """mean: (classes, z, y, x); components: (components, classes, z, y, x)."""
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("components", components)
        self.mean: Tensor
        self.components: Tensor

    @property
    def code(self) -> int:
        return len(self.components)

    def forward(self, code: Tensor) -> Tensor:
        return self.mean + torch.einsum("bi,iczyx->bczyx", code, self.components)

    def at_slices(self, places: Sequence[float]) -> LinearShapes:
        """The same shapes at places along z alone."""
        return LinearShapes(at_places(self.mean[None], places)[0], at_places(self.components, places))
