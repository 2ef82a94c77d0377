"""SR-CNN, which ACNN-SR is compared with (ACNN, table III): slices are made thin first, everything else comes after."""

from __future__ import annotations

from torch import Tensor, nn

from cardioprior.networks.anatomical import FACTOR, AnatomicalNet, thinner_slices


class UpsampledFirstNet(nn.Module):
    """The layers of AnatomicalNet behind the deconvolution along z, on the grid of thin slices.

    | size       | layers                                                          |
    |------------|-----------------------------------------------------------------|
    | 120x120x60 | deconv 1x1x10 stride 5, w                                       |
    | 120x120x60 | those of AnatomicalNet, a conv 1x1x1 in its deconvolution's place |

    A guess: the paper says that SR-CNN (Oktay, MICCAI 2016) upsamples early and has the filters and the capacity of
    ACNN-SR; its table of layers is not public. w is 32: 1,607,297 parameters with one output, 1,598,529 in ACNN-SR.

    Input (batch, 1, z, y, x), y and x multiples of 8; output (batch, outputs, factor z, y, x).
    """

    def __init__(self, width: int, outputs: int, factor: int = FACTOR) -> None:
        super().__init__()
        self.thinner = thinner_slices(1, width, factor)
        self.network = AnatomicalNet(width, outputs, factor=1, inputs=width)

    def forward(self, image: Tensor) -> Tensor:
        found: Tensor = self.network(self.thinner(image))
        return found
