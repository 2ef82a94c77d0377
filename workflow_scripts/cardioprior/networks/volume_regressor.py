"""The regression U-net of the thesis, section 6.3.2 and figs. 6.4 and 6.5: a volume read off an activation map."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.networks.unet_3d import UNet3D

#: a slice whose activation map exceeds this somewhere holds LV
HOLDS_LV = 0.5


class Scan(NamedTuple):
    """What the scanning module reads off each slice, each (batch, z), in pixels.

    areas: of the largest object that fits the box. diameters: mean of the largest row sum and the largest column sum.
    """

    areas: Tensor
    diameters: Tensor


class Regression(NamedTuple):
    """What the network gives: the activation map (batch, z, y, x) from 0 to 1, its scan, and the features of the
    bottleneck (batch, channels, z, y, x)."""

    cam: Tensor
    scan: Scan
    bottleneck: Tensor


class ScanningModule(nn.Module):
    """Reads area and diameter off the slices of an activation map; it has nothing to train.

    | path     | convolution with ones                   | largest response   | result              |
    |----------|-----------------------------------------|--------------------|---------------------|
    | area     | box x box x 1                           | of the whole slice | pixels              |
    | diameter | whole row; whole column, averaged after | of the whole slice | pixels, mean of two |

    The thesis' box is 25 pixels, its rows and columns 88. The box caps the area of a slice at box^2. As the map is
    never negative, a box over the edge responds no more than one inside, so that only those inside are looked at.

    Input: activation map (batch, z, y, x).
    """

    def __init__(self, box: int) -> None:
        super().__init__()
        self.box = box

    def forward(self, cam: Tensor) -> Scan:
        rows, columns = (min(self.box, size) for size in cam.shape[-2:])
        boxes = _sums(_sums(cam, (rows, 1)), (1, columns))
        across, down = cam.sum(dim=-1).amax(dim=-1), cam.sum(dim=-2).amax(dim=-1)
        return Scan(areas=boxes.amax(dim=(-2, -1)), diameters=(across + down) / 2)


def _sums(maps: Tensor, window: tuple[int, int]) -> Tensor:
    """Sums over every window of rows and columns that lies inside."""
    return functional.avg_pool2d(maps, window, stride=1, divisor_override=1)


def pi_estimates(scan: Scan) -> Tensor:
    """4 A / d^2 of every slice, (batch, z): pi for a disc, 4 for a square."""
    return 4 * scan.areas / scan.diameters.clamp_min(1e-3).square()


def holds_lv(cam: Tensor) -> Tensor:
    """Whether a slice of an activation map (batch, z, y, x) has anything to estimate pi from: (batch, z), boolean."""
    return cam.detach().amax(dim=(-2, -1)) > HOLDS_LV


def volumes_ml(scan: Scan, voxel_volume_ml: Tensor) -> Tensor:
    """Areas summed over the slices, in ml, (batch,); voxel_volume_ml: of each case, (batch,)."""
    return scan.areas.sum(dim=-1) * voxel_volume_ml


class VolumeRegressor(nn.Module):
    """3D U-net whose one output, through a sigmoid, is scanned for the LV's volume.

    | part   | layers                                                                         | size     |
    |--------|--------------------------------------------------------------------------------|----------|
    | U-net  | `UNet3D` of width w, levels w, 2w, 4w, 8w and 16w                              | 88 to 6  |
    |        | conv 1x1x1 to 1, sigmoid: the activation map (CAM)                             | 88       |
    | scan   | `ScanningModule`: areas and diameters of the slices; nothing to train          | 1        |
    | volume | sum of the areas x voxel volume (`volumes_ml`)                                 |          |

    The paper's width w is 32: 21,879,009 parameters, batch normalisation not counted, where 21.87 million are printed.

    Input (batch, 1, z, y, x), any z.
    """

    def __init__(self, width: int, box: int) -> None:
        super().__init__()
        self.unet = UNet3D(width, classes=1)
        self.scan = ScanningModule(box)

    def forward(self, image: Tensor) -> Regression:
        logits, bottleneck = self.unet.with_bottleneck(image)
        cam = torch.sigmoid(logits[:, 0].float())
        return Regression(cam, self.scan(cam), bottleneck)
