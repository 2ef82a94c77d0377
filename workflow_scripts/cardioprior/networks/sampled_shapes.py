"""Logits of a generator of label maps at chosen places alone: on slices, and at points.

The generator's last layer is a transposed convolution with nothing behind it, and interpolation is linear, so that both
make one linear map of the few features in front that a place needs. Results are those of the whole generator to
rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from cardioprior.networks.shape_vae import ShapeGenerator

#: of the generator's transposed convolutions
KERNEL, STRIDE, PADDING = 4, 2, 1
#: planes of the features that a place between two planes of the result needs
NEEDED = 3


class SlicesOfGenerator(nn.Module):
    """Logits at chosen places along z, linear between planes, without the planes that no place needs.

    A place is one two-dimensional transposed convolution of three planes of the features in front of the last layer,
    with kernels interpolated along z.

    Input (batch, code); output (batch, classes, places, y, x). Weights are those of the generator when this was made.
    """

    def __init__(self, generator: ShapeGenerator, places: Sequence[float]) -> None:
        super().__init__()
        self.front = nn.Sequential(generator.cells, generator.layers)
        weight = generator.last.weight.detach()
        first, shares = taps(torch.tensor(list(places), dtype=torch.float64), generator.size[0])
        kernels = torch.einsum("pnd,iodyx->pnioyx", shares.to(weight), weight)
        self.places = len(first)
        self.register_buffer("planes", (first[:, None] + torch.arange(NEEDED)).flatten().to(weight.device))
        self.register_buffer("kernels", kernels.flatten(0, 2))
        assert generator.last.bias is not None
        self.register_buffer("bias", generator.last.bias.detach().repeat(self.places))
        self.planes: Tensor
        self.kernels: Tensor
        self.bias: Tensor

    def forward(self, code: Tensor) -> Tensor:
        features = self.front(code)
        chosen = features[:, :, self.planes].movedim(2, 1).flatten(1, 2)
        slices = nn.functional.conv_transpose2d(chosen, self.kernels, self.bias, STRIDE, PADDING, groups=self.places)
        return slices.unflatten(1, (self.places, -1)).movedim(1, 2)


class PointsOfGenerator(nn.Module):
    """Logits at points anywhere in the shape, trilinear between voxels.

    points: (n, 3), indices z, y, x with fractions, within the shape. Input (batch, code); output (batch, classes, n).
    Weights are those of the generator when this was made.
    """

    def __init__(self, generator: ShapeGenerator, points: Tensor) -> None:
        super().__init__()
        self.front = nn.Sequential(generator.cells, generator.layers)
        weight = generator.last.weight.detach()
        places = points.to("cpu", torch.float64).unbind(dim=1)
        (z, sz), (y, sy), (x, sx) = (taps(p, length) for p, length in zip(places, generator.size, strict=True))
        _, rows, columns = (length // STRIDE for length in generator.size)
        near = torch.arange(NEEDED)
        plane, row, column = (z[:, None] + near, y[:, None] + near, x[:, None] + near)
        index = (plane[:, :, None, None] * rows + row[:, None, :, None]) * columns + column[:, None, None, :]
        shares = (share.to(weight) for share in (sz, sy, sx))
        kernels = torch.einsum("nad,nbe,ncf,iodef->niabco", *shares, weight)
        self.register_buffer("index", index.flatten().to(weight.device))
        self.register_buffer("kernels", kernels.flatten(1, 4))
        assert generator.last.bias is not None
        self.register_buffer("bias", generator.last.bias.detach())
        self.index: Tensor
        self.kernels: Tensor
        self.bias: Tensor

    def forward(self, code: Tensor) -> Tensor:
        features = self.front(code).flatten(2)[:, :, self.index]  # (batch, inputs, n * neighbours)
        near = features.unflatten(2, (len(self.kernels), -1)).movedim(2, 0).flatten(2)  # (n, batch, inputs neighbours)
        return torch.bmm(near, self.kernels).movedim(0, 2) + self.bias[:, None]


def taps(places: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """What places (n,) along an axis of `length` voxels need: the first of NEEDED planes of the features, (n,), and the
    share that each tap of the kernel has on each of them, (n, NEEDED, KERNEL).

    Plane q of the result is a sum over planes m of the features with 0 <= q + 1 - 2 m < 4, by the kernel's plane of
    that number; two neighbouring planes of the result need three of the features at most.
    """
    low = places.floor().long().clamp(0, length - 2)
    first = ((low - 1) // STRIDE).clamp(0, length // STRIDE - NEEDED)
    shares = places.new_zeros((len(places), NEEDED, KERNEL))
    for plane, share in ((low, low + 1 - places), (low + 1, places - low)):
        for nth in range(NEEDED):
            depth = plane + PADDING - STRIDE * (first + nth)
            hit = (depth >= 0) & (depth < KERNEL)
            shares[hit, nth, depth[hit]] += share[hit]
    return first, shares
