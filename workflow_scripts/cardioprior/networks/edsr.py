"""EDSR in three dimensions: super-resolution of label maps by residual blocks (latent optimisation, section 2.3)."""

from __future__ import annotations

from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d

BLOCKS, WIDTH = 16, 64


class ResidualBlock(nn.Module):
    """conv 3x3x3, ReLU, conv 3x3x3, added to its input; no batch normalisation (Lim et al., 2017)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Conv3d(width, width, 3, padding=1), nn.ReLU(inplace=True), Conv3d(width, width, 3, padding=1)
        )

    def forward(self, features: Tensor) -> Tensor:
        added: Tensor = features + self.layers(features)
        return added


class EDSR(nn.Module):
    """Label maps whose thin slices repeat thick ones, to label maps.

    | layers                                                         |
    |----------------------------------------------------------------|
    | conv 3x3x3, w                                                  |
    | n x residual block (two conv 3x3x3, w), conv 3x3x3, w; added   |
    | conv 3x3x3 to the classes                                      |

    w = 64 and n = 16, the baseline of EDSR; the paper's own figure of its network is lost (a guess).
    Input (batch, classes, z, y, x): one-hot, any size; output: logits of the same shape.
    """

    def __init__(self, classes: int, width: int = WIDTH, blocks: int = BLOCKS) -> None:
        super().__init__()
        self.head = Conv3d(classes, width, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)), Conv3d(width, width, 3, padding=1))
        self.tail = Conv3d(width, classes, 3, padding=1)

    def forward(self, shape: Tensor) -> Tensor:
        features = self.head(shape)
        logits: Tensor = self.tail(features + self.body(features))
        return logits
