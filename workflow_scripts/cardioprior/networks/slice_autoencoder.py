"""The autoencoder of slices (slice interpolation, section 4), in the text's form and in the public code's."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

Form = Literal["text", "code"]
WIDTH, CODE_CHANNELS = 32, 16


def _conv(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(inplace=True)]


class SliceAutoencoder(nn.Module):
    """A slice to a code and back; codes of neighbouring slices are mixed to make the slices between.

    Form `text`, images of 128 x 128:

    | part    | layers (all convolutions 3x3)                                        | size      |
    |---------|----------------------------------------------------------------------|-----------|
    | encoder | 2 x conv 32, batch norm, average pooling                             | 128 -> 64 |
    |         | the same with 64, 128 and 256                                        | 64 -> 8   |
    |         | conv 256; conv 16, no activation: the code                           | 8         |
    | decoder | 2 x conv 256, batch norm, nearest upsampling                         | 8 -> 16   |
    |         | the same with 128, 64 and 32                                         | 16 -> 128 |
    |         | conv 32; conv 1, no activation                                       | 128       |

    1,799,600 + 1,218,753 parameters. Form `code`: one more conv 32 in front, blocks of 32, 64 and 128 only, then conv
    256 and 16; the decoder mirrors three blocks; 628,176 + 314,561 parameters, code 16 x 16 x 16. The public code's
    counts are 0.628e6 and 0.315e6; where its extra convolution lies is a guess that gives them.

    Input (batch, 1, y, x), sizes multiples of 16; output the same.
    """

    def __init__(self, form: Form, width: int = WIDTH) -> None:
        super().__init__()
        widths = [width * 2**level for level in range({"text": 4, "code": 3}[form])]
        encoder: list[nn.Module] = [] if form == "text" else _conv(1, width)
        inputs = 1 if form == "text" else width
        for outputs in widths:
            encoder += [*_conv(inputs, outputs), *_conv(outputs, outputs), nn.BatchNorm2d(outputs), nn.AvgPool2d(2)]
            inputs = outputs
        wide = 8 * width
        encoder += [*_conv(inputs, wide), nn.Conv2d(wide, CODE_CHANNELS, 3, padding=1)]
        decoder: list[nn.Module] = []
        inputs = CODE_CHANNELS
        for outputs in reversed(widths):
            decoder += [*_conv(inputs, outputs), *_conv(outputs, outputs), nn.BatchNorm2d(outputs)]
            decoder += [nn.Upsample(scale_factor=2, mode="nearest")]
            inputs = outputs
        decoder += [*_conv(width, width), nn.Conv2d(width, 1, 3, padding=1)]
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def forward(self, image: Tensor) -> Tensor:
        reconstructed: Tensor = self.decoder(self.encoder(image))
        return reconstructed


def mixed(code: Tensor, following: Tensor, alpha: float | Tensor) -> Tensor:
    """(1 - alpha) z_n + alpha z_n+1: the code of the slice at that share of the way."""
    return (1 - alpha) * code + alpha * following
