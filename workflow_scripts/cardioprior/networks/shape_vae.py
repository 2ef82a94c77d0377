"""The generator of latent optimisation: a beta-VAE of high-resolution label maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from cardioprior.errors import CardioPriorError
from cardioprior.networks.blocks import Size3

#: channels of the first convolution in the paper; the others double
WIDTH = 4
LEVELS = 4
SLOPE = 0.2
KERNEL, STRIDE, PADDING = 4, 2, 1
#: planes of the features that a place between two planes of the result needs
NEEDED = 3


class ShapeVAE(nn.Module):
    """Label maps to Gaussian codes, and codes to label maps.

    | part    | layers (all convolutions 4x4x4, stride 2)                         | size (z, y, x) |
    |---------|-------------------------------------------------------------------|----------------|
    | encoder | conv w, batch norm, leaky ReLU .2                                 | 32x64x64       |
    |         | conv 2w, batch norm, leaky ReLU                                   | 16x32x32       |
    |         | conv 4w, batch norm, leaky ReLU                                   | 8x16x16        |
    |         | conv 8w, batch norm, ReLU                                         | 4x8x8          |
    |         | two fully connected layers: mean and log variance of the code     |                |
    | decoder | fully connected                                                   | 4x8x8          |
    |         | transposed conv 4w, batch norm, leaky ReLU                        | 8x16x16        |
    |         | the same with 2w and w                                            | 32x64x64       |
    |         | transposed conv to the classes                                    | 64x128x128     |

    w is 4 and the input 4 classes of 64x128x128: 883,020 parameters with codes of 32, 1,669,516 with 64.

    Input (batch, classes, z, y, x): one-hot labels of the size given here, multiples of 16; output: logits.
    Raises CardioPriorError for a size that does not divide.
    """

    def __init__(self, classes: int, size: Size3, code: int, width: int = WIDTH) -> None:
        super().__init__()
        self.coarse = coarse_size(size)
        widths = [width * 2**level for level in range(LEVELS)]
        cells = widths[-1] * self.coarse[0] * self.coarse[1] * self.coarse[2]
        encoder: list[nn.Module] = []
        for inputs, outputs in zip([classes, *widths], widths, strict=False):
            encoder += [nn.Conv3d(inputs, outputs, KERNEL, STRIDE, PADDING), nn.BatchNorm3d(outputs)]
            encoder += [nn.ReLU() if outputs == widths[-1] else nn.LeakyReLU(SLOPE)]
        self.encoder = nn.Sequential(*encoder, nn.Flatten())
        self.mean, self.log_variance = nn.Linear(cells, code), nn.Linear(cells, code)
        self.generator = ShapeGenerator(classes, self.coarse, code, width)

    def encode(self, shape: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the codes, (batch, code) each."""
        features = self.encoder(shape)
        return self.mean(features), self.log_variance(features)

    def forward(self, shape: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of a code drawn with standard normal noise (batch, code); mean and log variance."""
        mean, log_variance = self.encode(shape)
        return self.generator(mean + noise * (log_variance / 2).exp()), mean, log_variance


class ShapeGenerator(nn.Module):
    """The decoder of ShapeVAE: codes (batch, code) to logits (batch, classes, z, y, x)."""

    def __init__(self, classes: int, coarse: Size3, code: int, width: int = WIDTH) -> None:
        super().__init__()
        widths = [width * 2**level for level in reversed(range(LEVELS))]
        self.code = code
        self.coarse = coarse
        self.cells = nn.Linear(code, widths[0] * coarse[0] * coarse[1] * coarse[2])
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.ConvTranspose3d(inputs, outputs, KERNEL, STRIDE, PADDING), nn.BatchNorm3d(outputs)]
            layers += [nn.LeakyReLU(SLOPE)]
        self.layers = nn.Sequential(nn.Unflatten(1, (widths[0], *coarse)), *layers)
        self.last = nn.ConvTranspose3d(widths[-1], classes, KERNEL, STRIDE, PADDING)

    @property
    def size(self) -> Size3:
        """(z, y, x) of the label maps."""
        z, y, x = (length * 2**LEVELS for length in self.coarse)
        return z, y, x

    def forward(self, code: Tensor) -> Tensor:
        logits: Tensor = self.last(self.layers(self.cells(code)))
        return logits

    def at_slices(self, places: Sequence[float]) -> SlicesOfGenerator:
        """The same network, which computes slices at places along z alone."""
        return SlicesOfGenerator(self, places)


class SlicesOfGenerator(nn.Module):
    """Logits at chosen places along z, linear between planes, without the planes that no place needs.

    The generator's last layer is a transposed convolution with nothing behind it, and interpolation along z is linear,
    so that both make one two-dimensional transposed convolution a place: of three planes of the features in front, with
    kernels interpolated along z. Its result is that of the whole generator to rounding.

    Input (batch, code); output (batch, classes, places, y, x). Weights are those of the generator when this was made.
    """

    def __init__(self, generator: ShapeGenerator, places: Sequence[float]) -> None:
        super().__init__()
        self.front = nn.Sequential(generator.cells, generator.layers)
        weight = generator.last.weight.detach()
        planes, kernels = [], []
        for place in places:
            chosen, kernel = _merged(weight, place, generator.size[0])
            planes.append(chosen)
            kernels.append(kernel)
        self.places = len(planes)
        self.register_buffer("planes", torch.tensor(planes).flatten())
        self.register_buffer("kernels", torch.cat(kernels))
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


def _merged(weight: Tensor, place: float, planes: int) -> tuple[list[int], Tensor]:
    """The planes of the features that a place along z needs, and their kernels (planes x inputs, outputs, y, x).

    Plane q of the result is a sum over planes m of the features with 0 <= q + 1 - 2 m < 4, by the kernel's plane of
    that number; two neighbouring planes of the result need three of the features at most.
    """
    low = min(int(place), planes - 2)
    first = min(max((low - 1) // STRIDE, 0), planes // STRIDE - NEEDED)
    kernels = weight.new_zeros((NEEDED, *weight[:, :, 0].shape))
    for plane, share in ((low, low + 1 - place), (low + 1, place - low)):
        for nth in range(NEEDED):
            depth = plane + PADDING - STRIDE * (first + nth)
            if 0 <= depth < KERNEL:
                kernels[nth] += share * weight[:, :, depth]
    return list(range(first, first + NEEDED)), kernels.flatten(0, 1)


def coarse_size(size: Size3) -> Size3:
    """Of a size halved four times. Raises CardioPriorError where it does not divide."""
    if any(length % 2**LEVELS for length in size):
        raise CardioPriorError(f"label maps of size {size} (z, y, x); wanted multiples of {2**LEVELS}")
    return (size[0] // 2**LEVELS, size[1] // 2**LEVELS, size[2] // 2**LEVELS)
