"""How a thick stack comes of a high-resolution volume: slices at places along z, each moved in plane (latent
optimisation, eq. 1). Differentiable in the volume and in the moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

#: of a slice, what places may be off
ROUNDING = 1e-6


def slice_places(thin: int, thick: int) -> list[float]:
    """Where thick slices lie along z, in thin ones: evenly, the first and last where the volume's are (aligned
    corners, as the paper's 64 slices become 13, 5.25 apart)."""
    if thick == 1:
        return [(thin - 1) / 2]
    return [i * (thin - 1) / (thick - 1) for i in range(thick)]


def nearest_slices(places: Sequence[float], thin: int) -> tuple[list[int], list[bool]]:
    """For every thin slice the thick one next to it, and whether it lies in the stack: no farther beyond an end slice
    than half the usual way between slices. One slice alone has all."""
    gaps = sorted(second - first for first, second in pairwise(places))
    reach = gaps[len(gaps) // 2] / 2 if gaps else float(thin)
    nearest = [min(range(len(places)), key=lambda n: (abs(places[n] - z), n)) for z in range(thin)]
    inside = [places[0] - reach <= z + ROUNDING and z <= places[-1] + reach + ROUNDING for z in range(thin)]
    return nearest, inside


def at_places(volume: Tensor, places: Sequence[float]) -> Tensor:
    """Slices of volumes (batch, channels, z, y, x) at places along z, linear: (batch, channels, places, y, x)."""
    where = torch.tensor(list(places), device=volume.device, dtype=volume.dtype)
    low = where.floor().clamp(0, max(volume.shape[2] - 2, 0)).long()
    share = (where - low)[:, None, None]
    following = (low + 1).clamp(max=volume.shape[2] - 1)
    return (1 - share) * volume[:, :, low] + share * volume[:, :, following]


def moved(slices: Tensor, shift_px: Tensor) -> Tensor:
    """Stacks (batch, channels, slices, y, x), every slice shifted in plane, bilinear, its edge continued.

    shift_px: (batch, slices, 2), y before x: what lay at p lies at p + shift.
    """
    batch, channels, count, y, x = slices.shape
    step = shift_px.new_tensor([2 / (x - 1), 2 / (y - 1)])
    identity = shift_px.new_tensor([[1, 0], [0, 1]]).expand(batch * count, 2, 2)
    matrices = torch.cat((identity, -(shift_px.flatten(0, 1).flip(-1) * step)[..., None]), dim=2)
    grid = functional.affine_grid(matrices, [batch * count, channels, y, x], align_corners=True)
    images = slices.movedim(2, 1).flatten(0, 1)
    found = functional.grid_sample(images, grid, "bilinear", "border", align_corners=True)
    return found.unflatten(0, (batch, count)).movedim(1, 2)


def acquired(volume: Tensor, slices: int, shift_px: Tensor) -> Tensor:
    """The stack of `slices` slices that comes of volumes (batch, channels, z, y, x) whose slices move by
    shift_px (batch, slices, 2): (batch, channels, slices, y, x)."""
    return moved(at_places(volume, slice_places(volume.shape[2], slices)), shift_px)
