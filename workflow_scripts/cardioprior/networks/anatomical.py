"""The network of ACNN's segmentation and super-resolution, and the layers that its rivals share with it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d, Size3, conv_bn_relu, deconv_bn_relu, double_conv

#: slices of the result for each slice of a thick stack
FACTOR = 5
IN_PLANE: Size3 = (1, 3, 3)
CUBE: Size3 = (3, 3, 3)


def doubled_in_plane(inputs: int, outputs: int) -> nn.Sequential:
    """A transposed convolution 4x4x1 that doubles y and x, batch normalisation and ReLU."""
    return deconv_bn_relu(inputs, outputs, (1, 4, 4), (1, 2, 2), (0, 1, 1))


def thinner_slices(inputs: int, outputs: int, factor: int) -> nn.Sequential:
    """A transposed convolution 1x1x2f that makes f slices of one, batch normalisation and ReLU; for f = 1 a
    convolution 1x1x1 in its place."""
    if factor == 1:
        return conv_bn_relu(inputs, outputs, (1, 1, 1))
    padding = (factor + 1) // 2
    surplus = 2 * padding - factor
    return deconv_bn_relu(inputs, outputs, (2 * factor, 1, 1), (factor, 1, 1), (padding, 0, 0), (surplus, 0, 0))


class AnatomicalNet(nn.Module):
    """The network of 3D-Seg, ACNN-Seg and ACNN-SR, which differ in what they are trained by.

    | in-plane | layers                                                                    |
    |----------|---------------------------------------------------------------------------|
    | 120      | 2 x conv 3x3x3, w                                                         |
    | 60       | conv 3x3x3 stride 2, conv 3x3x3, 2w                                       |
    | 30       | the same with 3w                                                          |
    | 15       | conv 3x3x1 stride 2, conv 3x3x1, 4w                                       |
    | 30       | deconv 4x4x1 stride 2, conv 3x3x1, 3w; concatenate the encoder's          |
    | 60       | deconv 4x4x1 stride 2, conv 3x3x3, 2w; concatenate                        |
    | 120      | deconv 4x4x1 stride 2, conv 3x3x3, w; concatenate                         |
    | z x 5    | deconv 1x1x10 stride 5, conv 3x3x3, w; conv 1x1x1 to the classes          |

    Strides are in-plane but for the last deconvolution's. Batch normalisation and ReLU follow every layer but the last.
    w is 32: 1,598,595 parameters with three classes. That skips join behind each level's convolution is a guess: the
    printed count, 1.60e6, leaves no other room.

    Input (batch, inputs, z, y, x), y and x multiples of 8; output (batch, outputs, factor z, y, x): logits of classes,
    or intensities.
    """

    def __init__(self, width: int, outputs: int, factor: int = FACTOR, inputs: int = 1) -> None:
        super().__init__()
        w1, w2, w3, w4 = (width * n for n in (1, 2, 3, 4))
        self.encoder = nn.ModuleList(
            [
                double_conv(inputs, w1, CUBE),
                nn.Sequential(conv_bn_relu(w1, w2, CUBE, (1, 2, 2)), conv_bn_relu(w2, w2, CUBE)),
                nn.Sequential(conv_bn_relu(w2, w3, CUBE, (1, 2, 2)), conv_bn_relu(w3, w3, CUBE)),
            ]
        )
        self.coarsest = nn.Sequential(conv_bn_relu(w3, w4, IN_PLANE, (1, 2, 2)), conv_bn_relu(w4, w4, IN_PLANE))
        self.decoder = nn.ModuleList(
            [
                nn.Sequential(doubled_in_plane(w4, w3), conv_bn_relu(w3, w3, IN_PLANE)),
                nn.Sequential(doubled_in_plane(2 * w3, w2), conv_bn_relu(w2, w2, CUBE)),
                nn.Sequential(doubled_in_plane(2 * w2, w1), conv_bn_relu(w1, w1, CUBE)),
            ]
        )
        self.thinner = nn.Sequential(thinner_slices(2 * w1, w1, factor), conv_bn_relu(w1, w1, CUBE))
        self.head = Conv3d(w1, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        features, skips = image, []
        for block in self.encoder:
            features = block(features)
            skips.append(features)
        features = self.coarsest(features)
        for block, skip in zip(self.decoder, reversed(skips), strict=True):
            features = torch.cat((block(features), skip), dim=1)
        found: Tensor = self.head(self.thinner(features))
        return found
