"""Losses of the papers. Logits and one-hot targets have the classes on axis 1."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def weighted_dice_loss(logits: Tensor, target: Tensor, weights: Sequence[float], over_batch: bool = False) -> Tensor:
    """1 - 2 sum_c w_c sum(y p) / sum(y + p) (thesis, eq. 7.2).

    logits: (batch, classes, ...); target: class indices (batch, ...); weights: one a class, summing to 1. The inner
    sums run over all positions of a case, and the loss is the mean over cases; `over_batch` takes all positions of
    the batch together, so that a case without a class still counts what is wrongly given to it.
    """
    probabilities = logits.float().softmax(dim=1).flatten(2)
    truth = functional.one_hot(target.long(), logits.shape[1]).movedim(-1, 1).flatten(2).to(probabilities.dtype)
    positions = (0, 2) if over_batch else (2,)
    overlap = (truth * probabilities).sum(dim=positions)
    total = (truth + probabilities).sum(dim=positions)
    weight = torch.tensor(weights, dtype=probabilities.dtype, device=logits.device)
    return (1 - 2 * (weight * overlap / total.clamp_min(1e-6)).sum(dim=-1)).mean()


def weighted_cross_entropy(logits: Tensor, target: Tensor, weights: Sequence[float]) -> Tensor:
    """- sum_i w(y_i) log p_i (thesis, eq. 7.1): weighted by the true class, summed over positions, averaged over the
    batch. Shapes as in `weighted_dice_loss`."""
    weight = torch.tensor(weights, dtype=torch.float32, device=logits.device)
    return functional.cross_entropy(logits.float(), target.long(), weight, reduction="sum") / len(logits)


def structural_dissimilarity(image: Tensor, reference: Tensor) -> Tensor:
    """1 - SSIM, averaged over the batch; images (batch, 1, y, x) from 0 to 1. Gaussian window of 11, sigma 1.5, its
    inside only (Wang et al. 2004). In fp32 always: half precision makes variances of flat regions negative."""
    with torch.autocast(image.device.type, enabled=False):
        return 1 - _ssim(image.float(), reference.float()).mean()


def _ssim(x: Tensor, y: Tensor) -> Tensor:
    """SSIM by pixel of images (batch, 1, y, x)."""
    distance = torch.arange(11, device=x.device, dtype=torch.float32) - 5
    weights = torch.exp(-(distance**2) / (2 * 1.5**2))
    weights = weights / weights.sum()
    window = (weights[:, None] * weights[None, :])[None, None]

    def mean(maps: Tensor) -> Tensor:
        return functional.conv2d(maps, window)

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y, covariance = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2, mean(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return above / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
