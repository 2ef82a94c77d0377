"""Batched affine augmentation, in the slice plane or in space, on the device that holds the images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class AffineRange:
    """Uniform ranges. rotation, shear: +- degrees; zoom: 0 to this enlargement; shift: +- pixels on each axis."""

    rotation_deg: float = 0.0
    shear_deg: float = 0.0
    zoom: float = 0.0
    shift_px: float = 0.0

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Rotation (rad), shear (rad), zoom factor, shift y and x (px): five numbers of one transformation."""
        rotation, shear = np.deg2rad([self.rotation_deg, self.shear_deg]) * rng.uniform(-1, 1, 2)
        shift = self.shift_px * rng.uniform(-1, 1, 2)
        return np.array([rotation, shear, 1 + self.zoom * rng.uniform(), *shift])


IDENTITY = np.array([0.0, 0.0, 1.0, 0.0, 0.0])


def sampling_matrices(draws: np.ndarray, size: int) -> Tensor:
    """Matrices (batch, 2, 3) that map output to input positions, x before y, images spanning [-1, 1].

    draws: (batch, 5) as `AffineRange.draw` gives them. An image is enlarged, sheared along x, rotated about its
    middle and then shifted; the matrices are the inverse of that, as sampling needs it.
    """
    rotation, shear, zoom, shift_y, shift_x = np.asarray(draws, float).T
    cos, sin = np.cos(rotation), np.sin(rotation)
    turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    lean = np.zeros_like(turn)
    lean[:, 0, 0] = lean[:, 1, 1] = 1
    lean[:, 0, 1] = np.tan(shear)
    inverse = np.linalg.inv(turn @ lean * zoom[:, None, None])
    shift = 2 / size * np.stack([shift_x, shift_y], -1)[..., None]
    return torch.from_numpy(np.concatenate([inverse, -inverse @ shift], axis=-1)).float()


def spatial_matrices(draws: np.ndarray, shape_zyx: tuple[int, int, int]) -> Tensor:
    """Matrices (batch, 3, 4) as of `sampling_matrices`, x before y before z, for isotropic volumes of a shape.

    draws: (batch, 3, 5), an affine transformation in each of the planes (x, y), (x, z) and (y, z); they follow one
    another.
    """
    cube = max(shape_zyx)
    whole = torch.eye(4).repeat(len(draws), 1, 1)
    for plane, axes in enumerate(([0, 1], [0, 2], [1, 2])):
        flat = sampling_matrices(draws[:, plane], cube)
        step = torch.eye(4).repeat(len(draws), 1, 1)
        for row, axis in enumerate(axes):
            step[:, axis, [*axes, 3]] = flat[:, row]
        whole = whole @ step
    return in_shape(whole[:, :3], shape_zyx)


def in_shape(matrices: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Matrices as of `sampling_matrices`, of squares or cubes, for images of a shape (y, x) or (z, y, x) whose longest
    axis spans them: a turn stays a turn."""
    share = torch.tensor([*reversed(shape), max(shape)]) / max(shape)  # of the cube that each axis spans
    return matrices * share / share[:-1, None]


def warp(images: Tensor, matrices: Tensor, interpolation: str) -> Tensor:
    """Images (batch, channels, y, x) sampled through `matrices` (batch, 2, 3), or volumes (batch, z, y, x) through
    (batch, 3, 4): `bilinear`, or `nearest` for labels.

    All channels (slices, frames) of a member move together; zero comes in from outside; the type is kept.
    """
    whole = images[:, None] if matrices.shape[1] == 3 else images
    grid = _grid(matrices.to(images.device), whole.shape[2:])
    kind = images.dtype if images.is_floating_point() else torch.float32
    moved = functional.grid_sample(whole.to(kind), grid.to(kind), interpolation, "zeros", align_corners=False)
    return moved.to(images.dtype).reshape(images.shape)


def _grid(matrices: Tensor, shape: torch.Size) -> Tensor:
    """Positions to sample (batch, *shape, axes), x first: torch's `affine_grid` without aligned corners.

    An affine map is a sum of one term an axis, so that all but the last sum are of few numbers; a product of every
    position with its matrix takes as long as the sampling itself. Each axis' positions lie together in memory, as the
    sampling reads them.
    """
    count, axes = matrices.shape[:2]
    found = matrices[..., -1].reshape(count, axes, *[1] * axes)
    for number, length in enumerate(shape):
        places = (2 * torch.arange(length, device=matrices.device, dtype=matrices.dtype) + 1) / length - 1
        along = [length if axis == number else 1 for axis in range(axes)]
        column = matrices[..., axes - 1 - number].reshape(count, axes, *[1] * axes)
        found = found + column * places.reshape(along)
    return found.movedim(1, -1)
