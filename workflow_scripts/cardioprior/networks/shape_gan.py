"""The generator that the beta-VAE was compared with: a DCGAN of label maps in three dimensions."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d, Size3
from cardioprior.networks.sampled_shapes import KERNEL, PADDING, STRIDE
from cardioprior.networks.shape_vae import LEVELS, SLOPE, WIDTH


class ShapeCritic(nn.Module):
    """The discriminator; the generator is shape_vae.ShapeGenerator. The paper gives no layers (a guess: DCGAN, Radford
    et al., 2016, as deep and wide as the VAE).

    | layers (all convolutions 4x4x4, stride 2)                 | size of 64x128x128 |
    |-----------------------------------------------------------|--------------------|
    | conv w, leaky ReLU .2                                     | 32x64x64           |
    | conv 2w, 4w and 8w, each with batch norm and leaky ReLU   | 4x8x8              |
    | fully connected: one score                                |                    |

    Input (batch, classes, z, y, x): one-hot labels or probabilities; output (batch,): the logit of being real.
    """

    def __init__(self, classes: int, size: Size3, width: int = WIDTH) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS)]
        layers: list[nn.Module] = [Conv3d(classes, width, KERNEL, STRIDE, PADDING), nn.LeakyReLU(SLOPE)]
        for inputs, outputs in pairwise(widths):
            layers += [Conv3d(inputs, outputs, KERNEL, STRIDE, PADDING), nn.BatchNorm3d(outputs)]
            layers += [nn.LeakyReLU(SLOPE)]
        cells = widths[-1]
        for length in size:
            cells *= length // 2**LEVELS
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(cells, 1))

    def forward(self, shape: Tensor) -> Tensor:
        score: Tensor = self.layers(shape)[:, 0]
        return score
