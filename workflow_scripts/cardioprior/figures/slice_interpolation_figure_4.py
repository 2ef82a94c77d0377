"""Slice interpolation, figure 4: a slice as each method makes it, and the differences from the true one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cardioprior.figures.slice_pictures import SlicePictures, Tile
from cardioprior.inference.slice_method import OFF

if TYPE_CHECKING:
    import numpy as np


class Figure(SlicePictures):
    """The true slice and every method's in a row, differences below. Methods sampled off the slices are not here."""

    name = "slice_interpolation_figure_4"
    caption = (
        "Slices of the first test subject by id: the true one and as each method makes it from its neighbours; below, "
        "differences (blue: too dark, red: too bright)."
    )

    def methods(self, run: Sequence[str]) -> list[str]:
        return [method for method in run if not method.endswith(OFF)]

    def block(self, made: Mapping[str, np.ndarray], true: np.ndarray, z: int) -> Iterator[list[Tile]]:
        yield [Tile("true", true[z]), *(Tile(method, stack[z]) for method, stack in made.items())]
        yield [Tile("", 0 * true[z], True), *(Tile(m, stack[z] - true[z], True) for m, stack in made.items())]
