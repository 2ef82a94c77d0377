"""Pieces of the pictures of made slices: images above, differences from the true slice below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import Pair, Sources
from cardioprior.imaging.regions import REGIONS
from cardioprior.protocols.slice_synthesis import middle

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

#: largest difference that the colours show
DIFFERENCE = 0.4
CONDITION = "every-other-slice"


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


def cropped(pair: Pair, frame: str) -> tuple[np.ndarray, np.ndarray]:
    """Made and true stack of a frame, their middles."""
    crop = pair[1].meta["crop"]
    return middle(pair[0].arrays[f"stack_{frame}"], crop), middle(pair[1].arrays[f"reference_{frame}"], crop)


def first_pairs(sources: Sources, methods: Sequence[str], cohort: str) -> dict[str, Pair]:
    """The first test subject by id, as each method filled it."""
    found = {method: next(iter(sources.predictions(cohort, method, CONDITION)), None) for method in methods}
    return {method: pair for method, pair in found.items() if pair is not None}


def sheet(rows: Sequence[tuple[str, Sequence[tuple[str, np.ndarray, bool]]]]) -> Picture:
    """A row of tiles each: (heading, tiles); a tile is (title, image, whether it is a difference)."""
    from matplotlib.figure import Figure as Picture

    columns = max((len(tiles) for _, tiles in rows), default=1)
    lines = max(len(rows), 1)
    picture = Picture(figsize=(1.7 * columns, 1.9 * lines), layout="constrained")
    grid = picture.subplots(lines, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, (heading, tiles) in zip(grid, rows, strict=False):
        for place, (axes, tile) in enumerate(zip(line, tiles, strict=False)):
            _tile(axes, f"{heading}\n{tile[0]}" if heading and not place else tile[0], tile[1], tile[2])
    return picture


def _tile(axes: Any, title: str, image: np.ndarray, difference: bool) -> None:
    limits = (-DIFFERENCE, DIFFERENCE) if difference else (0, 1)
    axes.imshow(image, cmap="seismic" if difference else "gray", vmin=limits[0], vmax=limits[1])
    axes.set_title(title, fontsize=7)
