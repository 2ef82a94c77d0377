"""Figures of made slices: images above, differences from the true slices below."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Pair, Sources
from cardioprior.figures.plots import tiles
from cardioprior.imaging.geometry import middle
from cardioprior.imaging.regions import REGIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

#: largest difference that the colours show
DIFFERENCE = 0.4
CONDITION = "every-other-slice"


@dataclass(frozen=True)
class Tile:
    """An image (y, x) under its title; a difference is shown in blue and red. aspect: of a pixel, height to width."""

    title: str
    image: np.ndarray
    difference: bool = False
    aspect: float = 1.0


class SlicePictures(FigureBase):
    """The first test subject by id of every cohort, not chosen by how well it went; a block a region."""

    study = "slice_interpolation"
    reads = frozenset({PREDICTIONS})

    @abstractmethod
    def methods(self, run: Sequence[str]) -> list[str]:
        """Titles of the methods to show, of those that were run."""

    @abstractmethod
    def block(self, made: Mapping[str, np.ndarray], true: np.ndarray, z: int) -> Iterator[list[Tile]]:
        """Rows of tiles about slice z. made: a stack (z, y, x) by method; true: the acquired one."""

    def draw(self, sources: Sources) -> Picture:
        methods = self.methods([str(method) for method in sources.metrics["method"].unique()])
        rows = []
        for cohort in sources.metrics["cohort"].unique():
            pairs = first_pairs(sources, methods, cohort)
            if not pairs:
                continue
            pair = next(iter(pairs.values()))
            frame = first_frame(pair)
            made = {method: cropped(one[0].arrays[f"stack_{frame}"], one) for method, one in pairs.items()}
            true = cropped(pair[1].arrays[f"reference_{frame}"], pair)
            for region, z in examples(pair, frame).items():
                (first, *others), *below = self.block(made, true, z)
                heading = f"{region}\n{first.title}" if region else first.title
                rows += [[Tile(heading, first.image, first.difference), *others], *below]
        return sheet(rows)


def examples(pair: Pair, frame: str) -> dict[str, int]:
    """The left-out slice in the middle of each region, by region; of the stack where regions are unknown."""
    reference = pair[1].arrays[f"reference_{frame}"]
    regions = pair[1].arrays.get(f"regions_{frame}")
    left_out = np.arange(1, len(reference), 2)
    if regions is None or not regions.any():
        return {"": int(left_out[len(left_out) // 2])}
    of_region = {name: left_out[regions[left_out] == index] for index, name in enumerate(REGIONS) if index}
    return {name: int(places[len(places) // 2]) for name, places in of_region.items() if len(places)}


def first_frame(pair: Pair) -> str:
    """Name of the first frame of a prediction: ED where it is there."""
    return min(name.removeprefix("stack_") for name in pair[0].arrays if name.startswith("stack_"))


def cropped(stack: np.ndarray, pair: Pair) -> np.ndarray:
    """The middle of a stack, as large as what is scored."""
    found: np.ndarray = middle(stack, pair[1].meta["crop"])
    return found


def first_pairs(sources: Sources, methods: Sequence[str], cohort: str, condition: str = CONDITION) -> dict[str, Pair]:
    """The first test subject by id, as each method filled it."""
    found = {method: next(iter(sources.predictions(cohort, method, condition)), None) for method in methods}
    return {method: pair for method, pair in found.items() if pair is not None}


def sheet(rows: Sequence[Sequence[Tile]]) -> Picture:
    """Rows of tiles."""
    picture, grid = tiles(len(rows), max(map(len, rows), default=1), (1.7, 1.9))
    for line, of_row in zip(grid, rows, strict=False):
        for axes, tile in zip(line, of_row, strict=False):
            _show(axes, tile)
    return picture


def _show(axes: Any, tile: Tile) -> None:
    limits = (-DIFFERENCE, DIFFERENCE) if tile.difference else (0, 1)
    axes.imshow(tile.image, cmap="seismic" if tile.difference else "gray", vmin=limits[0], vmax=limits[1],
                aspect=tile.aspect)  # fmt: skip
    axes.set_title(tile.title, fontsize=7)
