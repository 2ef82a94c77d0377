"""The PSPU-net of the thesis, section 5.3.2, figs. 5.4 and 5.5: a 2D U-net with scene-parsing skip connections."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cardioprior.networks.blocks import conv_bn_relu, double_conv
from cardioprior.networks.unet_3d import UNet3D

PLANE = (1, 3, 3)


class PyramidPath(nn.Sequential):
    """One path of the module: pool by 2^steps, two convolutions, then `steps` up-convolutions, each with two."""

    def __init__(self, inputs: int, width: int, outputs: int, steps: int) -> None:
        layers: list[nn.Module] = [nn.MaxPool3d((1, 2**steps, 2**steps)), double_conv(inputs, width, PLANE)]
        for step in range(steps):
            layers.append(nn.ConvTranspose3d(width if step == 0 else outputs, outputs, (1, 2, 2), stride=(1, 2, 2)))
            layers.append(double_conv(outputs, outputs, PLANE))
        super().__init__(*layers)


class PyramidModule(nn.Module):
    """Scene-parsing module for c channels with up to four parallel paths, concatenated with the input.

    | path | pooled by | width at its coarsest | width after each up-convolution |
    |------|-----------|-----------------------|---------------------------------|
    | 0    | 2         | 2c                    | c                               |
    | 1    | 4         | c                     | c                               |
    | 2    | 8         | c / 2                 | c                               |
    | 3    | 16        | c / 4                 | c                               |

    Then conv 3x3x1 to 4c and conv 3x3x1 to 2c. The text gives paths and order, not the widths: these are a guess,
    chosen because they give the printed parameter count.
    """

    def __init__(self, width: int, paths: int) -> None:
        super().__init__()
        self.paths = nn.ModuleList(
            PyramidPath(width, max(1, 2 * width // 2**path), width, path + 1) for path in range(paths)
        )
        self.merge = nn.Sequential(
            conv_bn_relu(width * (paths + 1), 4 * width, PLANE), conv_bn_relu(4 * width, 2 * width, PLANE)
        )

    def forward(self, features: Tensor) -> Tensor:
        return self.merge(torch.cat([features, *(path(features) for path in self.paths)], dim=1))


class PSPUNet(UNet3D):
    """U-net of 3x3x1 convolutions with a scene-parsing module in every skip connection.

    Levels as in `UNet3D`; the modules have 4, 3, 2 and 1 paths from the finest level down. The paper's width is 32:
    30.83 million parameters, batch normalisation not counted.
    """

    kernel = PLANE

    def skip_width(self, width: int) -> int:
        return 2 * width

    def skip(self, width: int, level: int) -> nn.Module:
        return PyramidModule(width, paths=self.levels - level)
