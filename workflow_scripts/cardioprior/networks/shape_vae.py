"""The generator of latent optimisation: a beta-VAE of high-resolution label maps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from cardioprior.errors import CardioPriorError
from cardioprior.networks.blocks import Conv3d, Size3
from cardioprior.networks.sampled_shapes import KERNEL, PADDING, STRIDE, PointsOfGenerator, SlicesOfGenerator

#: channels of the first convolution in the paper; the others double
WIDTH = 4
LEVELS = 4
SLOPE = 0.2


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
            encoder += [Conv3d(inputs, outputs, KERNEL, STRIDE, PADDING), nn.BatchNorm3d(outputs)]
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

    def at_points(self, points: Tensor) -> PointsOfGenerator:
        """The same network, which computes points (n, 3) alone, indices z, y, x of the label maps with fractions."""
        return PointsOfGenerator(self, points)


def coarse_size(size: Size3) -> Size3:
    """Of a size halved four times. Raises CardioPriorError where it does not divide."""
    if any(length % 2**LEVELS for length in size):
        raise CardioPriorError(f"label maps of size {size} (z, y, x); wanted multiples of {2**LEVELS}")
    return (size[0] // 2**LEVELS, size[1] // 2**LEVELS, size[2] // 2**LEVELS)
