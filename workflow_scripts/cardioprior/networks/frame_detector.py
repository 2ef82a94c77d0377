"""The ES/ED frame detector of the thesis, section 7.3.2 and fig. 7.3."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d, double_conv, glorot_initialised

TEMPORAL_KERNELS = (3, 5, 7)
DILATIONS = (1, 2, 4)
CLASSES = ("ES", "ED", "other")


class TemporalPath(nn.Sequential):
    """A 3x3xk convolution, dilated in time, to one channel, with batch normalisation and ReLU."""

    def __init__(self, kernel: int, dilation: int) -> None:
        super().__init__(
            Conv3d(1, 1, (kernel, 3, 3), padding=(dilation * (kernel // 2), 1, 1), dilation=(dilation, 1, 1)),
            nn.BatchNorm3d(1),
            nn.ReLU(inplace=True),
        )


class FrameDetector(nn.Module):
    """Probability of being ES, ED or neither for every frame of a projected cine.

    | block    | layers                                                                | size     |
    |----------|-----------------------------------------------------------------------|----------|
    | spatial  | 2 x conv 3x3x1, w, pool                                               | 176 ->88 |
    |          | 2 x conv 3x3x1, 2w, pool                                              | 88 -> 44 |
    |          | 2 x conv 3x3x1, 4w, pool                                              | 44 -> 22 |
    |          | 2 x conv 3x3x1, 8w, pool                                              | 22 -> 11 |
    |          | conv 1x1x1 to 1                                                       | 11       |
    | temporal | 9 paths: conv 3x3xk to 1, k = 3, 5, 7, dilation 1, 2, 4; concatenated | 11       |
    |          | with their input: 10 channels                                         |          |
    | head     | conv 11x11x1, valid, to 3 classes (softmax is in the loss)            | 1        |

    The paper's width w is 64 at 176 x 176: 4,692,642 parameters.

    Input (batch, 1, t, size, size), any t; output: logits (batch, 3, t), classes in the order of `CLASSES`.
    """

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        if size % 16:
            raise ValueError(f"the frame detector halves the image four times: wanted a multiple of 16, found {size}")
        widths = [1, width, 2 * width, 4 * width, 8 * width]
        spatial: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            spatial += [double_conv(inputs, outputs, (1, 3, 3)), nn.MaxPool3d((1, 2, 2))]
        self.spatial = nn.Sequential(*spatial, Conv3d(widths[-1], 1, 1))
        self.temporal = nn.ModuleList(TemporalPath(k, d) for k in TEMPORAL_KERNELS for d in DILATIONS)
        self.head = Conv3d(1 + len(self.temporal), len(CLASSES), (1, size // 16, size // 16))
        glorot_initialised(self)

    def forward(self, cine: Tensor) -> Tensor:
        maps = self.spatial(cine)
        maps = torch.cat([maps, *(path(maps) for path in self.temporal)], dim=1)
        return self.head(maps)[..., 0, 0]
