"""The fully convolutional network that segments UK Biobank's views (Bai et al., J Cardiovasc Magn Reson 2018;20:65)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.networks.blocks import Conv3d, conv_bn_relu

PLANE, POINT = (1, 3, 3), (1, 1, 1)
#: convolutions of each level
CONVOLUTIONS = (2, 2, 3, 3, 3)
WIDTH = 16


class MultiscaleFCN(nn.Module):
    """A network of one plane that puts features of all scales together at full size.

    | in-plane | features                                      | to the full size                |
    |----------|-----------------------------------------------|---------------------------------|
    | 1        | 2 x conv 3x3, w                               | conv 1x1, 2w                    |
    | 1/2      | 2 x conv 3x3, 2w, the first of stride 2       | conv 1x1, 2w; bilinear          |
    | 1/4      | 3 x conv 3x3, 4w, likewise                    | the same                        |
    | 1/8      | 3 x conv 3x3, 8w, likewise                    | the same                        |
    | 1/16     | 3 x conv 3x3, 16w, likewise                   | the same                        |
    | 1        | concatenated: 2 x conv 1x1, 4w; conv 1x1 to the classes                         |

    w is 16. Batch normalisation and ReLU after every convolution but the last.

    Input (batch, 1, z, y, x), each of the z planes by itself, y and x multiples of 16; output: logits (batch, classes,
    z, y, x).
    """

    def __init__(self, classes: int, width: int = WIDTH) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(len(CONVOLUTIONS))]
        levels = []
        for level, (inputs, outputs) in enumerate(zip([1, *widths], widths, strict=False)):
            stride = (1, 2, 2) if level else (1, 1, 1)
            more = (conv_bn_relu(outputs, outputs, PLANE) for _ in range(CONVOLUTIONS[level] - 1))
            levels.append(nn.Sequential(conv_bn_relu(inputs, outputs, PLANE, stride), *more))
        self.levels = nn.ModuleList(levels)
        self.alike = nn.ModuleList(conv_bn_relu(w, 2 * width, POINT) for w in widths)
        self.together = nn.Sequential(
            conv_bn_relu(2 * width * len(widths), 4 * width, POINT),
            conv_bn_relu(4 * width, 4 * width, POINT),
            Conv3d(4 * width, classes, POINT),
        )

    def forward(self, image: Tensor) -> Tensor:
        features, found = image, []
        for level, (block, alike) in enumerate(zip(self.levels, self.alike, strict=True)):
            features = block(features)
            found.append(_larger(alike(features), 2**level))
        logits: Tensor = self.together(torch.cat(found, dim=1))
        return logits


def _larger(features: Tensor, factor: int) -> Tensor:
    if factor == 1:
        return features
    return functional.interpolate(features, scale_factor=(1, factor, factor), mode="trilinear", align_corners=False)
