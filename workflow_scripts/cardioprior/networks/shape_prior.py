"""The T-L network of ACNN (tables IV and V): an autoencoder of shapes, and a predictor of its codes from images."""

from __future__ import annotations

from torch import Tensor, nn

from cardioprior.errors import CardioPriorError
from cardioprior.networks.anatomical import CUBE
from cardioprior.networks.blocks import Conv3d, Size3, conv_bn_relu, deconv_bn_relu

CODE = 64
#: sizes (z, y, x) must divide by these
DIVISORS: Size3 = (12, 24, 24)


class ShapeAutoencoder(nn.Module):
    """Label maps to codes and back (table V).

    | part    | layers                                                            | size         |
    |---------|-------------------------------------------------------------------|--------------|
    | encoder | conv 3x3x3 stride (2, 2, 1), conv 3x3x3, w                        | 60x60x60     |
    |         | conv 3x3x3 stride 2, conv 3x3x3, 2w                               | 30x30x30     |
    |         | conv 3x3x3 stride 2, conv 3x3x3, 4w                               | 15x15x15     |
    |         | conv 3x3x3 stride 3, one map; fully connected, 64: the code       | 5x5x5        |
    | decoder | fully connected, ReLU                                             | 5x5x5        |
    |         | deconv 7x7x7 stride 3 (padding 2), conv 3x3x3, 4w                 | 15x15x15     |
    |         | deconv 4x4x4 stride 2, conv 3x3x3, 2w                             | 30x30x30     |
    |         | the same with w                                                   | 60x60x60     |
    |         | deconv 4x4x1 stride (2, 2, 1), w; conv 3x3x3 to the classes       | 120x120x60   |

    Batch normalisation and ReLU after every convolution but the last; none on the code. w is 16: 571,219 parameters
    with three classes at 60x120x120. A coarser grid leaves fewer cells than a shape has degrees of freedom, half of
    which ReLU can silence for good: `maps` are then more than one, and the decoder's first layer has as many.

    Input (batch, classes, z, y, x): one-hot labels or probabilities of the size given here, (z, y, x) multiples of
    (12, 24, 24); output: logits of the same shape. Raises CardioPriorError for another size.
    """

    def __init__(self, width: int, classes: int, size: Size3, code: int = CODE, maps: int = 1) -> None:
        super().__init__()
        _check(size)
        self.classes, self.maps = classes, maps
        w1, w2, w4 = width, 2 * width, 4 * width
        self.coarse: Size3 = (size[0] // 12, size[1] // 24, size[2] // 24)
        cells = maps * self.coarse[0] * self.coarse[1] * self.coarse[2]
        self.encoder = nn.Sequential(
            conv_bn_relu(classes, w1, CUBE, (1, 2, 2)),
            conv_bn_relu(w1, w1, CUBE),
            conv_bn_relu(w1, w2, CUBE, (2, 2, 2)),
            conv_bn_relu(w2, w2, CUBE),
            conv_bn_relu(w2, w4, CUBE, (2, 2, 2)),
            conv_bn_relu(w4, w4, CUBE),
            conv_bn_relu(w4, maps, CUBE, (3, 3, 3)),
            nn.Flatten(),
            nn.Linear(cells, code),
        )
        self.cells = nn.Sequential(nn.Linear(code, cells), nn.ReLU(inplace=True))
        self.decoder = nn.Sequential(
            deconv_bn_relu(maps, w4, (7, 7, 7), (3, 3, 3), (2, 2, 2)),
            conv_bn_relu(w4, w4, CUBE),
            deconv_bn_relu(w4, w2, (4, 4, 4), (2, 2, 2), (1, 1, 1)),
            conv_bn_relu(w2, w2, CUBE),
            deconv_bn_relu(w2, w1, (4, 4, 4), (2, 2, 2), (1, 1, 1)),
            conv_bn_relu(w1, w1, CUBE),
            deconv_bn_relu(w1, w1, (1, 4, 4), (1, 2, 2), (0, 1, 1)),
            Conv3d(w1, classes, 3, padding=1),
        )

    def encode(self, shape: Tensor) -> Tensor:
        """Codes (batch, 64)."""
        found: Tensor = self.encoder(shape)
        return found

    def decode(self, code: Tensor) -> Tensor:
        """Logits (batch, classes, z, y, x)."""
        found: Tensor = self.decoder(self.cells(code).unflatten(1, (self.maps, *self.coarse)))
        return found

    def forward(self, shape: Tensor) -> Tensor:
        return self.decode(self.encode(shape))


class CodePredictor(nn.Module):
    """Images to the codes of the shapes in them (table IV).

    | size       | layers                                                              |
    |------------|---------------------------------------------------------------------|
    | 120x120x60 | 2 x conv 3x3x3, w                                                   |
    | 60x60x30   | conv 3x3x3 stride 2, conv 3x3x3, 2w                                 |
    | 30x30x15   | the same with 4w                                                    |
    | 15x15x8    | conv 3x3x3 stride 2, 8w; conv 3x3x3, one channel                    |
    |            | fully connected, 64, no activation                                  |

    Batch normalisation and ReLU after every convolution. w is 32: 1,866,979 parameters at 60x120x120.

    Input (batch, 1, z, y, x) of the size given here; output (batch, 64).
    """

    def __init__(self, width: int, size: Size3, code: int = CODE) -> None:
        super().__init__()
        _check(size)
        widths = [width * 2**level for level in range(4)]
        cells = 1
        for length in size:
            cells *= -(-length // 8)
        self.layers = nn.Sequential(
            conv_bn_relu(1, widths[0], CUBE),
            conv_bn_relu(widths[0], widths[0], CUBE),
            conv_bn_relu(widths[0], widths[1], CUBE, (2, 2, 2)),
            conv_bn_relu(widths[1], widths[1], CUBE),
            conv_bn_relu(widths[1], widths[2], CUBE, (2, 2, 2)),
            conv_bn_relu(widths[2], widths[2], CUBE),
            conv_bn_relu(widths[2], widths[3], CUBE, (2, 2, 2)),
            conv_bn_relu(widths[3], 1, CUBE),
            nn.Flatten(),
            nn.Linear(cells, code),
        )

    def forward(self, image: Tensor) -> Tensor:
        found: Tensor = self.layers(image)
        return found


def _check(size: Size3) -> None:
    if any(length % divisor for length, divisor in zip(size, DIVISORS, strict=True)):
        raise CardioPriorError(f"shapes of size {size} (z, y, x); wanted multiples of {DIVISORS}")
