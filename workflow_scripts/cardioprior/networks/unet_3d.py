"""The 3D U-net of the thesis, section 5.3.2 and fig. 5.3."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cardioprior.networks.blocks import Conv3d, double_conv, glorot_initialised


class UNet3D(nn.Module):
    """3D U-net that pools in the slice plane only.

    | level | encoder             | in-plane | decoder                                            |
    |-------|---------------------|----------|----------------------------------------------------|
    | 0     | 2 x conv 3x3x3, w   | 176      | up-conv 2x2x1 to w, concatenate, 2 x conv 3x3x3, w |
    | 1     | 2 x conv 3x3x3, 2w  | 88       | the same with 2w                                   |
    | 2     | 2 x conv 3x3x3, 4w  | 44       | the same with 4w                                   |
    | 3     | 2 x conv 3x3x3, 8w  | 22       | the same with 8w                                   |
    | 4     | 2 x conv 3x3x3, 16w | 11       |                                                    |
    | head  |                     | 176      | conv 1x1x1 to the classes (softmax is in the loss) |

    Every convolution but the head has batch normalisation and ReLU. The paper's width w is 64: 87.51 million
    parameters, batch normalisation not counted.

    Input (batch, 1, z, y, x); output: logits (batch, classes, z, y, x). Where a size is odd, pooling takes the last row
    or column alone (11 to 6), and the up-convolution's surplus row or column is cut off (12 to 11).
    """

    kernel = (3, 3, 3)
    levels = 4

    def __init__(self, width: int, classes: int = 4, channels: int = 1) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(self.levels + 1)]
        self.encoder = nn.ModuleList(
            double_conv(inputs, outputs, self.kernel)
            for inputs, outputs in zip([channels, *widths], widths, strict=False)
        )
        self.pool = nn.MaxPool3d((1, 2, 2), ceil_mode=True)
        self.up = nn.ModuleList(
            nn.ConvTranspose3d(2 * w, w, (1, 2, 2), stride=(1, 2, 2)) for w in reversed(widths[:-1])
        )
        self.decoder = nn.ModuleList(double_conv(w + self.skip_width(w), w, self.kernel) for w in reversed(widths[:-1]))
        self.skips = nn.ModuleList(self.skip(w, level) for level, w in enumerate(widths[:-1]))
        self.head = Conv3d(width, classes, 1)
        glorot_initialised(self)

    def skip_width(self, width: int) -> int:
        """Channels that the skip connection of a level hands to the decoder."""
        return width

    def skip(self, width: int, level: int) -> nn.Module:
        """What lies in the skip connection of a level."""
        return nn.Identity()

    def forward(self, image: Tensor) -> Tensor:
        logits, _ = self.with_bottleneck(image)
        return logits

    def with_bottleneck(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and the features of the coarsest level (batch, 16w, z, y / 16, x / 16), sizes rounded up."""
        features, skips = image, []
        for block in self.encoder[:-1]:
            features = block(features)
            skips.append(features)
            features = self.pool(features)
        features = bottleneck = self.encoder[-1](features)
        for up, block, skip, encoded in zip(self.up, self.decoder, reversed(self.skips), reversed(skips), strict=True):
            rows, columns = encoded.shape[-2:]
            features = block(torch.cat((up(features)[..., :rows, :columns], skip(encoded)), dim=1))
        return self.head(features), bottleneck
