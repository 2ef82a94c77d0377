"""Slice interpolation, figure 2: three slices in a row, the autoencoder's, and their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cardioprior.figures.slice_pictures import SlicePictures, Tile

if TYPE_CHECKING:
    import numpy as np

METHOD = "AE"
NAMES = ("reconstructed", "synthesised", "reconstructed")


class Figure(SlicePictures):
    """Acquired slices, the autoencoder's, and differences, a row each."""

    name = "slice_interpolation_figure_2"
    caption = (
        "Three slices in a row of the first test subject by id: as acquired; both outer ones reconstructed and the "
        "middle one synthesised from their codes; differences (blue: too dark, red: too bright)."
    )

    def methods(self, run: Sequence[str]) -> list[str]:
        return [method for method in run if method == METHOD]

    def block(self, made: Mapping[str, np.ndarray], true: np.ndarray, z: int) -> Iterator[list[Tile]]:
        three = slice(z - 1, z + 2)
        found, acquired = made[METHOD][three], true[three]
        yield [Tile("acquired", image) for image in acquired]
        yield [Tile(name, image) for name, image in zip(NAMES, found, strict=True)]
        yield [Tile("difference", image, True) for image in found - acquired]
