"""Networks that segment zero-filled cines (k-space paper, fig. 1): Syn-net, and the parts of LI-net.

The figure is lost and no code is public; layers are reconstructed from the text: a U-net on (x, y, t). Tensors are
(batch, channels, t, y, x).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d, Size3, double_conv, glorot_initialised
from cardioprior.networks.unet_3d import UNet3D

#: real and imaginary part
CHANNELS = 2
CODE = 1024
LEVELS = 3
#: channels between convolutions and code
NARROW = 4


def kernel_of(frames: int) -> Size3:
    """Of the convolutions, along t, y, x: single frames have nothing along t."""
    return (3, 3, 3) if frames > 1 else (1, 3, 3)


class SynNet(UNet3D):
    """3D U-net of three poolings in plane: widths w, 2w, 4w and 8w, skip connections, 2 x conv 3x3x3 a level.

    The table of layers is that of `UNet3D` to level 3. The width w is 32 [guess]: 5.43 million parameters, batch
    normalisation not counted. Input (batch, 2, t, y, x), real and imaginary part, or (batch, 1, ...) for magnitudes;
    output: logits (batch, classes, t, y, x).
    """

    levels = LEVELS

    def __init__(self, width: int, frames: int, classes: int = 4, channels: int = CHANNELS) -> None:
        self.kernel = kernel_of(frames)
        super().__init__(width, classes, channels)


def halved(size: Size3, times: int) -> Size3:
    """A size (t, y, x) after so many poolings in plane, odd sizes rounded up."""
    frames, y, x = size
    for _ in range(times):
        y, x = -(-y // 2), -(-x // 2)
    return frames, y, x


class CodeEncoder(nn.Module):
    """The way down of Syn-net, then to a code; LI-net's predictor (2 channels), and its label encoder (classes).

    | level | layers                                        | y x x at 168 x 208 |
    |-------|-----------------------------------------------|--------------------|
    | 0     | 2 x conv 3x3x3, w; pool 2x2 in plane          | 168 x 208          |
    | 1     | 2 x conv 3x3x3, 2w; pool                      | 84 x 104           |
    | 2     | 2 x conv 3x3x3, 4w; pool                      | 42 x 52            |
    | 3     | 2 x conv 3x3x3, 8w; conv 1x1x1 to 4; pool     | 21 x 26            |
    | code  | fully connected, 1024                         | 11 x 13            |

    Batch normalisation and ReLU after every convolution but the 1x1x1. With 50 frames the last layer has 29.3 million
    weights; without the narrow layer and its pooling it would have 7 billion [guess: the paper does not say].

    size: (t, y, x) of the input. Output: (batch, code).
    """

    def __init__(self, width: int, channels: int, size: Size3, code: int = CODE) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS + 1)]
        kernel = kernel_of(size[0])
        pool = nn.MaxPool3d((1, 2, 2), ceil_mode=True)
        layers: list[nn.Module] = [double_conv(channels, width, kernel)]
        for inputs, outputs in pairwise(widths):
            layers += [pool, double_conv(inputs, outputs, kernel)]
        frames, y, x = halved(size, LEVELS + 1)
        self.layers = nn.Sequential(*layers, Conv3d(widths[-1], NARROW, 1), pool, nn.Flatten())
        self.code = nn.Linear(NARROW * frames * y * x, code)
        glorot_initialised(self)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.code(self.layers(images))
        return found


class CodeDecoder(nn.Module):
    """From a code to logits: the way up of Syn-net without its skip connections.

    | level | layers                                                                        |
    |-------|-------------------------------------------------------------------------------|
    | code  | fully connected to 4 channels, enlarged twofold in plane; conv 1x1x1 to 8w    |
    | 2     | up-conv 2x2 in plane to 4w; 2 x conv 3x3x3, 4w                                |
    | 1, 0  | the same with 2w and w                                                        |
    | head  | conv 1x1x1 to the classes                                                     |

    Sizes, batch normalisation and ReLU as in `CodeEncoder`; surplus rows of odd sizes are cut off.
    """

    def __init__(self, width: int, classes: int, size: Size3, code: int = CODE) -> None:
        super().__init__()
        self.sizes = [halved(size, times) for times in range(LEVELS + 2)]
        kernel, widths = kernel_of(size[0]), [width * 2**level for level in range(LEVELS + 1)]
        frames, y, x = self.sizes[-1]
        self.cells = nn.Linear(code, NARROW * frames * y * x)
        self.wide = nn.Sequential(
            nn.Upsample(scale_factor=(1, 2, 2)), Conv3d(NARROW, widths[-1], 1), nn.BatchNorm3d(widths[-1]), nn.ReLU()
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose3d(2 * w, w, (1, 2, 2), stride=(1, 2, 2)) for w in reversed(widths[:-1])
        )
        self.blocks = nn.ModuleList(double_conv(w, w, kernel) for w in reversed(widths[:-1]))
        self.head = Conv3d(width, classes, 1)
        glorot_initialised(self)

    def forward(self, code: Tensor) -> Tensor:
        features = _cut(self.wide(self.cells(code).unflatten(1, (NARROW, *self.sizes[-1]))), self.sizes[LEVELS])
        for level, (up, block) in enumerate(zip(self.up, self.blocks, strict=True)):
            features = block(_cut(up(features), self.sizes[LEVELS - 1 - level]))
        logits: Tensor = self.head(features)
        return logits


def _cut(features: Tensor, size: Size3) -> Tensor:
    return features[..., : size[1], : size[2]]


def bottleneck_summary(bottleneck: Tensor) -> Tensor:
    """Syn-net's features before its first upsampling as vectors (batch, k): means over time and 2 x 2 places. All of
    them would be seven million numbers a cine at the published size."""
    _, _, _, y, x = bottleneck.shape
    pooled = nn.functional.adaptive_avg_pool3d(bottleneck.float(), (1, -(-y // 2), -(-x // 2)))
    return torch.flatten(pooled, 1)
