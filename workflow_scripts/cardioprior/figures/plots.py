"""Pieces that several figures share. Axes are matplotlib's; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.metrics.agreement import bland_altman, correlation, regression_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

PANEL_INCHES = 4.0


def panels(titles: Sequence[str], columns: int) -> tuple[Picture, list[Any]]:
    """A picture with one square panel a title; with no title, one that says that there is nothing to show."""
    from matplotlib.figure import Figure as Picture

    rows = max(1, -(-len(titles) // columns))
    size = (PANEL_INCHES * min(columns, max(len(titles), 1)), PANEL_INCHES * rows)
    picture = Picture(figsize=size, layout="constrained")
    grid = picture.subplots(rows, min(columns, max(len(titles), 1)), squeeze=False)
    for axes in grid.flat[len(titles) :]:
        axes.set_axis_off()
    if not titles:
        grid.flat[0].text(0.5, 0.5, "nothing to show", ha="center", va="center")
    for axes, title in zip(grid.flat, titles, strict=False):
        axes.set_title(title, fontsize="medium")
    return picture, list(grid.flat[: len(titles)])


def scatter(axes: Any, value: pd.Series, reference: pd.Series, quantity: str, unit: str) -> None:
    """Values against references, with the regression line and the line of identity; pairs with a nan are left out."""
    keep = value.notna() & reference.notna()
    found, true = value[keep].to_numpy(), reference[keep].to_numpy()
    axes.scatter(true, found, s=14)
    axes.set(xlabel=f"true {quantity} ({unit})", ylabel=f"predicted {quantity} ({unit})")
    if not len(found):
        return
    line, r = regression_line(found, true), correlation(found, true).r
    ends = np.array([min(true.min(), found.min()), max(true.max(), found.max())])
    axes.plot(ends, ends, color="grey", linestyle=":", label="identity")
    axes.plot(ends, line.slope * ends + line.intercept, color="C1",
              label=f"{line.slope:.2f} x + {line.intercept:.1f} {unit}, R = {r:.2f}")  # fmt: skip
    axes.set_aspect("equal", adjustable="datalim")
    axes.legend(fontsize="small")


def difference_over_mean(axes: Any, value: pd.Series, reference: pd.Series, quantity: str, unit: str) -> None:
    """Bland-Altman: value less reference over the mean of both, with bias and 95 % limits of agreement."""
    keep = value.notna() & reference.notna()
    found, true = value[keep].to_numpy(), reference[keep].to_numpy()
    axes.scatter((found + true) / 2, found - true, s=14)
    axes.set(xlabel=f"mean of both, {quantity} ({unit})", ylabel=f"predicted less true ({unit})")
    if not len(found):
        return
    limits = bland_altman(found, true)
    for height, style in ((limits.bias, "-"), (limits.lower, "--"), (limits.upper, "--")):
        if np.isfinite(height):
            axes.axhline(height, color="C1", linestyle=style, label=f"{height:.1f} {unit}")
    axes.legend(fontsize="small", title="bias, limits of agreement")


def outline(axes: Any, mask: np.ndarray, colour: str, linewidth: float = 0.8) -> None:
    """The outline of a mask (y, x) over a picture of the same size, closed where the mask touches its edge; nothing for
    an empty mask."""
    if mask.any():
        closed = np.pad(mask, 1).astype(float)  # a frame of background closes contours at the picture's edge
        rows, columns = (np.arange(-1, size + 1) for size in mask.shape)
        axes.contour(columns, rows, closed, [0.5], colors=colour, linewidths=linewidth)


def groups(rows: pd.DataFrame, *columns: str) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """Rows by their values in some columns, in the order of appearance."""
    return [(tuple(map(str, key)), part) for key, part in rows.groupby(list(columns), sort=False)]
