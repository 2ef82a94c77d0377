"""Pieces that several figures share. Axes are matplotlib's; nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.metrics.agreement import bland_altman, correlation, regression_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

PANEL_INCHES = 4.0
#: of outlines; told apart by the colour-blind, too
CONTOURS = {"LV": "#ff4136", "epicardium": "#2ecc40", "RV": "#39a0ff"}


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


def tiles(lines: int, columns: int, inches: tuple[float, float], below: float = 0.0) -> tuple[Picture, np.ndarray]:
    """A picture of tiles without axes, each of that width and height, and its grid of axes (lines, columns), at least
    one. below: inches for a legend."""
    from matplotlib.figure import Figure as Picture

    lines, columns = max(lines, 1), max(columns, 1)
    picture = Picture(figsize=(inches[0] * columns, inches[1] * lines + below), layout="constrained")
    grid = picture.subplots(lines, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    return picture, grid


def legend_of(picture: Picture, colours: Mapping[str, str], title: str = "") -> None:
    """Names of outlines in their colours, below the picture."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    picture.legend(handles=handles, loc="outside lower center", ncols=len(colours), fontsize=7, frameon=False,
                   title=title, title_fontsize=7)  # fmt: skip


def contours(axes: Any, labels: np.ndarray) -> None:
    """The outlines of a label map (y, x), in the colours of CONTOURS."""
    outlines = {"epicardium": np.isin(labels, (LV, MYO)), "LV": labels == LV, "RV": labels == RV}
    for name, mask in outlines.items():
        outline(axes, mask, CONTOURS[name])


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
