"""Networks that ACNN is compared with (table I): 3D-UNet, AE-Seg and the slice-by-slice FCN."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.networks.anatomical import CUBE, FACTOR, IN_PLANE, AnatomicalNet, thinner_slices
from cardioprior.networks.blocks import Conv3d, conv_bn_relu, deconv_bn_relu, double_conv


class StackUNet(nn.Module):
    """3D-UNet (Cicek et al., 2016) at the capacity of the others, with slices made thinner at its end.

    | level | encoder             | decoder                                                       |
    |-------|---------------------|---------------------------------------------------------------|
    | 0     | 2 x conv 3x3x3, w   | up-conv 2x2x2 keeping 2w, concatenate, 2 x conv 3x3x3, w      |
    | 1     | 2 x conv 3x3x3, 2w  | the same with 4w and 2w                                       |
    | 2     | 2 x conv 3x3x3, 4w  | the same with 8w and 4w                                       |
    | 3     | 2 x conv 3x3x3, 8w  |                                                               |
    | z x 5 |                     | deconv 1x1x10 stride 5, w; conv 1x1x1 to the classes          |

    w is 16: 1,635,891 parameters with three classes (printed 1.64e6; the layers are a guess that gives it). Batch
    normalisation and ReLU after every convolution and the last deconvolution.

    Input (batch, 1, z, y, x), any size; output (batch, outputs, factor z, y, x).
    """

    def __init__(self, width: int, outputs: int, factor: int = FACTOR) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(4)]
        self.encoder = nn.ModuleList(double_conv(i, o, CUBE) for i, o in zip([1, *widths], widths, strict=False))
        self.pool = nn.MaxPool3d(2, ceil_mode=True)
        self.up = nn.ModuleList(nn.ConvTranspose3d(2 * w, 2 * w, 2, 2) for w in reversed(widths[:-1]))
        self.decoder = nn.ModuleList(double_conv(3 * w, w, CUBE) for w in reversed(widths[:-1]))
        self.thinner = thinner_slices(width, width, factor)
        self.head = Conv3d(width, outputs, 1)

    def forward(self, image: Tensor) -> Tensor:
        features, skips = image, []
        for block in self.encoder[:-1]:
            features = block(features)
            skips.append(features)
            features = self.pool(features)
        features = self.encoder[-1](features)
        for up, block, skip in zip(self.up, self.decoder, reversed(skips), strict=True):
            z, y, x = skip.shape[2:]
            features = block(torch.cat((up(features)[..., :z, :y, :x], skip), dim=1))
        found: Tensor = self.head(self.thinner(features))
        return found


class AutoencodedNet(nn.Module):
    """AE-Seg and AE-Seg-M: the segmentation network, whose probabilities pass a convolutional autoencoder.

    | size        | layers of the autoencoder                                                          |
    |-------------|------------------------------------------------------------------------------------|
    | 60x60x60    | conv 3x3x3 stride (2, 2, 1), conv 3x3x3, c                                         |
    | 30x30x30    | conv 3x3x3 stride 2, conv 3x3x3, 2c                                                |
    | 30x30x30    | 2 x conv 3x3x3, 4c                                                                 |
    | 60x60x60    | deconv 3x3x3 stride 2, conv 3x3x3, 2c                                              |
    | 120x120x60  | deconv 3x3x1 stride (2, 2, 1), conv 3x3x3, c; conv 3x3x3 to the classes            |

    c is 8 in AE-Seg, 16 in AE-Seg-M: 1,677,558 and 1,910,886 parameters (printed 1.68e6 and 1.91e6; kernels and the
    number of convolutions a level are a guess that gives both). Batch normalisation and ReLU after all but the last.

    Input (batch, 1, z, y, x), y and x multiples of 8; output: logits (batch, classes, factor z, y, x), and with
    `both_logits` those of the network in front too.
    """

    def __init__(self, width: int, code: int, outputs: int, factor: int = FACTOR) -> None:
        super().__init__()
        self.network = AnatomicalNet(width, outputs, factor)
        self.autoencoder = nn.Sequential(
            conv_bn_relu(outputs, code, CUBE, (1, 2, 2)),
            conv_bn_relu(code, code, CUBE),
            conv_bn_relu(code, 2 * code, CUBE, (2, 2, 2)),
            conv_bn_relu(2 * code, 2 * code, CUBE),
            double_conv(2 * code, 4 * code, CUBE),
            deconv_bn_relu(4 * code, 2 * code, CUBE, (2, 2, 2), (1, 1, 1), (1, 1, 1)),
            conv_bn_relu(2 * code, 2 * code, CUBE),
            deconv_bn_relu(2 * code, code, IN_PLANE, (1, 2, 2), (0, 1, 1), (0, 1, 1)),
            conv_bn_relu(code, code, CUBE),
            Conv3d(code, outputs, 3, padding=1),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.both_logits(image)[1]

    def both_logits(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the segmentation network, and of the autoencoder behind it."""
        first = self.network(image)
        second = self.autoencoder(first.softmax(dim=1))
        z, y, x = first.shape[2:]
        return first, second[..., :z, :y, :x]


class SliceFCN(nn.Module):
    """2D-FCN: a fully convolutional network (Tran, 2016) that sees slices alone and makes no thinner ones.

    | in-plane | layers                     | scores                                             |
    |----------|----------------------------|----------------------------------------------------|
    | 1        | 3 x conv 3x3, b            |                                                    |
    | 1/2      | 4 x conv 3x3, 2b           | conv 1x1, added, bilinear to the full size         |
    | 1/4      | 4 x conv 3x3, 4b           | conv 1x1, added, bilinear to twice the size        |
    | 1/8      | 4 x conv 3x3, 8b           | conv 1x1, bilinear to twice the size               |

    b is 23: 1,414,509 parameters (printed 1.39e6; the width and where scores join are guesses). Batch normalisation
    and ReLU after every convolution but the scores'; max pooling between levels.

    Input (batch, 1, z, y, x), y and x multiples of 8; output: logits (batch, outputs, z, y, x).
    """

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(4)]
        self.levels = nn.ModuleList(
            nn.Sequential(conv_bn_relu(i, o, IN_PLANE), *(conv_bn_relu(o, o, IN_PLANE) for _ in range(2 + bool(level))))
            for level, (i, o) in enumerate(zip([1, *widths], widths, strict=False))
        )
        self.pool = nn.MaxPool3d((1, 2, 2))
        self.scores = nn.ModuleList(Conv3d(w, outputs, 1) for w in widths[1:])

    def forward(self, image: Tensor) -> Tensor:
        features, scores = self.levels[0](image), []
        for block, score in zip(self.levels[1:], self.scores, strict=True):
            features = block(self.pool(features))
            scores.append(score(features))
        found = scores.pop()
        while scores:
            found = scores.pop() + _twice(found)
        return _twice(found)


def _twice(scores: Tensor) -> Tensor:
    return functional.interpolate(scores, scale_factor=(1, 2, 2), mode="trilinear", align_corners=False)
