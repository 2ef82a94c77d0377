"""Principal components of label maps (ACNN, section III-F), after their spatial normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from cardioprior.networks.shape_prior import CODE
from cardioprior.training.alignment import coarser, finer, laid_over, posed, template_of
from cardioprior.training.parts import CLASSES

#: variances below this share of the largest are no variation but rounding
RANK = 1e-6


@dataclass(frozen=True)
class Components:
    """template: mean shape that others are laid over, (classes - 1, z, y, x) at half resolution. mean (voxels,) and
    axes (components, voxels): of the shapes as they lie then."""

    template: Tensor
    mean: Tensor
    axes: Tensor

    def codes(self, labels: Tensor) -> Tensor:
        """Codes (n, components) of label maps (n, z, y, x)."""
        shapes = _structures(labels)
        poses = finer(laid_over(self.template, coarser(shapes)))
        return (posed(shapes, poses).flatten(1) - self.mean) @ self.axes.T

    def stored(self) -> dict[str, Tensor]:
        """As a model's file holds them."""
        return {"template": self.template, "mean": self.mean, "axes": self.axes}

    @classmethod
    def of(cls, stored: Mapping[str, Tensor]) -> Components:
        """The reverse of `stored`."""
        return cls(stored["template"], stored["mean"], stored["axes"])


def fit_components(labels: Tensor, most: int = CODE) -> Components:
    """Of label maps (n, z, y, x), the axes of most variance: as many as asked for, or as there is variation in."""
    shapes = _structures(labels)
    template, poses = template_of(coarser(shapes))
    mean, axes = principal_axes(posed(shapes, finer(poses)).flatten(1), most)
    return Components(template, mean, axes)


def principal_axes(vectors: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Mean (length,) and orthonormal axes (components, length) of vectors (n, length), by the eigenvectors of their
    inner products: there are fewer vectors than voxels. Each axis points to where its largest entry is positive."""
    mean = vectors.mean(dim=0)
    centred = vectors - mean
    variances, weights = torch.linalg.eigh((centred @ centred.T).double())
    order = variances.argsort(descending=True)[:most]
    order = order[variances[order] > RANK * variances.max()]
    axes = weights[:, order].T.to(centred.dtype) @ centred
    axes = axes / axes.norm(dim=1, keepdim=True)
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return mean, axes * largest.sign()


def _structures(labels: Tensor) -> Tensor:
    """Cavity and wall as 0 and 1, (n, 2, z, y, x)."""
    return torch.stack([labels == value for value in range(1, CLASSES)], dim=1).float()
