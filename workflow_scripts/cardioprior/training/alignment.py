"""Shapes laid over their mean, rigidly: the spatial normalisation that linear components need."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

#: of the template: alternately the mean of all shapes is taken and each is laid over it
ROUNDS = 3
#: Gauss-Newton steps in a round, and for a new shape
STEPS_IN_ROUND, STEPS = 3, 8
#: added to the normal equations' diagonal, as a share of it and of its mean: a round shape has no angle of its own
DAMPING = 1e-2
#: longest step in voxels, of a turn at the picture's edge
LONGEST = 2.0
#: shapes are laid over the mean at half of their resolution
COARSER = 2


@dataclass(frozen=True)
class Poses:
    """Where shapes are sampled: turned in the slice plane by an angle (n,), in rad, then shifted (n, 3), in voxels
    along z, y, x."""

    angle: Tensor
    shift: Tensor

    @classmethod
    def none(cls, shapes: Tensor) -> Poses:
        """Every shape as it is."""
        return cls(shapes.new_zeros(len(shapes)), shapes.new_zeros(len(shapes), 3))

    def followed_by(self, angle: Tensor, shift: Tensor) -> Poses:
        """These poses of shapes that were first sampled at another angle and shift."""
        cos, sin = self.angle.cos(), self.angle.sin()
        z, y, x = shift.unbind(1)
        turned = torch.stack([z, cos * y + sin * x, cos * x - sin * y], dim=1)
        return Poses(self.angle + angle, self.shift + turned)

    def where(self, chosen: Tensor, others: Poses) -> Poses:
        """These poses where `chosen` (n,) is true, the others elsewhere."""
        angle = torch.where(chosen, self.angle, others.angle)
        return Poses(angle, torch.where(chosen[:, None], self.shift, others.shift))


def posed(shapes: Tensor, poses: Poses) -> Tensor:
    """Shapes (n, classes, z, y, x), y as long as x, sampled at poses, trilinear, zero from outside."""
    z, y, x = shapes.shape[2:]
    cos, sin, nothing = poses.angle.cos(), poses.angle.sin(), torch.zeros_like(poses.angle)
    shift = 2 * poses.shift / poses.shift.new_tensor([z, y, x])
    matrices = torch.stack(
        [
            torch.stack([cos, -sin, nothing, shift[:, 2]], 1),
            torch.stack([sin, cos, nothing, shift[:, 1]], 1),
            torch.stack([nothing, nothing, nothing + 1, shift[:, 0]], 1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(matrices, list(shapes.shape), align_corners=False)
    return functional.grid_sample(shapes, grid, "bilinear", "zeros", align_corners=False)


def laid_over(template: Tensor, shapes: Tensor, poses: Poses | None = None, steps: int = STEPS) -> Poses:
    """Poses at which shapes (n, classes, z, y, x) differ least, in squares, from a template (classes, z, y, x), found
    from the poses given by damped Gauss-Newton steps on the angle and the shift; no pose is worse than it was."""
    best = poses = poses or Poses.none(shapes)
    lowest = torch.full_like(poses.angle, torch.inf)
    y, x = (torch.arange(length, dtype=shapes.dtype, device=shapes.device) for length in shapes.shape[3:])
    radius = len(x) / 2
    y, x = ((axis - axis.mean()) / radius for axis in (y[:, None], x[None, :]))
    for step in range(steps + 1):
        moved = posed(shapes, poses)
        missing = (template - moved).flatten(1)
        better = missing.square().sum(dim=1) < lowest
        lowest = torch.where(better, missing.square().sum(dim=1), lowest)
        best = poses.where(better, best)
        if step == steps:
            break
        dz, dy, dx = torch.gradient(moved, dim=(2, 3, 4))
        slopes = torch.stack([part.flatten(1) for part in (dy * x - dx * y, dz, dy, dx)], dim=1)
        curvature = slopes @ slopes.mT
        diagonal = curvature.diagonal(dim1=1, dim2=2)
        damping = DAMPING * (diagonal + diagonal.mean(dim=1, keepdim=True)) + torch.finfo(shapes.dtype).tiny
        move = torch.linalg.solve(curvature + torch.diag_embed(damping), slopes @ missing[:, :, None])[..., 0]
        move = move.clamp(-LONGEST, LONGEST)
        poses = poses.followed_by(move[:, 0] / radius, move[:, 1:])
    return best


def template_of(shapes: Tensor) -> tuple[Tensor, Poses]:
    """The mean of shapes (n, classes, z, y, x) that were laid over it, and their poses."""
    poses = Poses.none(shapes)
    template = shapes.mean(dim=0)
    for _ in range(ROUNDS):
        poses = laid_over(template, shapes, poses, STEPS_IN_ROUND)
        template = posed(shapes, poses).mean(dim=0)
    return template, poses


def coarser(shapes: Tensor) -> Tensor:
    """Shapes at half of their resolution, the means of blocks of voxels."""
    return functional.avg_pool3d(shapes, COARSER)


def finer(poses: Poses) -> Poses:
    """Poses of coarser shapes as those of the shapes themselves."""
    return Poses(poses.angle, COARSER * poses.shift)
