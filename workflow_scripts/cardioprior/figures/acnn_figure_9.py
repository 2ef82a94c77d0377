"""ACNN, figure 9: shapes along the two codes that trees split on most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.acnn_figure_5 import CODES
from cardioprior.figures.contract import MODELS, FigureBase, Sources
from cardioprior.figures.plots import CONTOURS, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

INCHES = (12.0, 6.0)


class Figure(FigureBase):
    """A row a model: how often trees at ED split on each code, and the decoded shapes, each as the slice in the middle
    of the short axis beside a cut along the long one, the base above."""

    name = "acnn_figure_9"
    study = "acnn_pathology"
    reads = frozenset({MODELS})
    caption = (
        "Left: share of the splits of trees at ED by code, most used first. Right: shapes decoded from the mean code, "
        "its two most used entries from two SD below the mean to two above (the first to the right, the second "
        "downwards); short axis beside long axis, cavity red, wall green."
    )

    def draw(self, sources: Sources) -> Picture:
        from matplotlib.figure import Figure as Picture

        chosen = {key: stored for key, stored in sources.models.items() if key[1] in CODES}
        if not chosen:
            return panels([], 1)[0]
        picture = Picture(figsize=(INCHES[0], INCHES[1] * len(chosen)), layout="constrained")
        for part, ((cohort, model), stored) in zip(
            picture.subfigures(len(chosen), 1, squeeze=False)[:, 0], chosen.items(), strict=True
        ):
            part.suptitle(f"{CODES[model]}, {cohort}")
            left, right = part.subfigures(1, 2)
            _bars(left.subplots(), stored["splits"]["ED"].numpy())
            _shapes(right, stored)
        return picture


def _bars(axes: Any, splits: np.ndarray) -> None:
    order = np.argsort(-splits, kind="stable")
    shares = splits[order] / max(splits.sum(), 1)
    axes.bar(range(len(order)), shares)
    half = int(np.searchsorted(np.cumsum(shares), 0.5)) + 1
    axes.set(xlabel="codes, most used first", ylabel="share of splits", title=f"{half} codes have half of the splits")
    axes.margins(y=0.25)  # room for the names
    for place, code in enumerate(order[:2]):
        axes.text(place, shares[place], f" code {code + 1}", rotation=90, va="bottom", ha="center", fontsize="small")


def _shapes(part: Any, stored: Any) -> None:
    from matplotlib.colors import ListedColormap

    sweep, spacing_mm = stored["sweep"].numpy(), stored["spacing_mm"]
    first, second = (code + 1 for code in stored["swept"])
    part.supxlabel(f"code {first}, mean - 2 SD to mean + 2 SD", fontsize="small")
    part.supylabel(f"code {second}", fontsize="small")
    colours = ListedColormap(["black", CONTOURS["LV"], CONTOURS["epicardium"]])
    grid = part.subplots(*sweep.shape[:2], squeeze=False)
    for axes, shape in zip(grid.flat, sweep.reshape(-1, *sweep.shape[2:]), strict=True):
        axes.imshow(_cuts(shape, spacing_mm[0] / spacing_mm[1]), cmap=colours, vmin=0, vmax=2, interpolation="nearest")
        axes.set_axis_off()


def _cuts(shape: np.ndarray, slice_pixels: float) -> np.ndarray:
    """The middle slice (y, x) beside the cut (z, x) through the middle, in square pixels: a slice is so many high."""
    slices, rows, _ = shape.shape
    lines = (np.arange(round(slices * slice_pixels)) / slice_pixels).astype(int)
    short, long = shape[slices // 2], shape[lines, rows // 2]
    height = max(len(short), len(long))
    return np.concatenate([_centred(cut, height) for cut in (short, long)], axis=1)


def _centred(cut: np.ndarray, height: int) -> np.ndarray:
    above = (height - len(cut)) // 2
    return np.pad(cut, ((above, height - len(cut) - above), (0, 0)))
