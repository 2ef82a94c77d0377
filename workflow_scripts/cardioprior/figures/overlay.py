"""A study at a glance: every slice at ED and at ES with the contours that its figures come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.plots import CONTOURS, contours, legend_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 7
MARGIN_MM = 25.0
#: the brightest fat would leave the heart dark
BRIGHTEST_PERCENTILE = 99.0


@dataclass(frozen=True)
class Picture:
    """A frame (z, y, x), its labels on the same grid, and the heading of its rows."""

    heading: str
    image: np.ndarray
    labels: np.ndarray


def overlay(title: str, pictures: tuple[Picture, ...], spacing_yx_mm: tuple[float, float], note: str) -> Figure:
    """Slices in the order of the stack, numbered from 1, cut to what is labelled in any picture, with its surroundings;
    whole where nothing is. Grey values of all pictures are on one scale."""
    from matplotlib.figure import Figure

    slices = len(pictures[0].image)
    columns = min(slices, MOST_COLUMNS)
    lines = -(-slices // columns)
    window = _window(pictures, spacing_yx_mm)
    shown = np.stack([picture.image[:, window[0], window[1]] for picture in pictures])
    limits = {"vmin": float(shown.min()), "vmax": float(np.percentile(shown, BRIGHTEST_PERCENTILE))}
    tall = shown.shape[2] * spacing_yx_mm[0] / (shown.shape[3] * spacing_yx_mm[1])
    inches = 1.7
    height = (inches * tall * lines + 0.35) * len(pictures) + 0.9
    figure = Figure(figsize=(inches * columns, height), layout="constrained", facecolor="white")
    figure.suptitle(title, fontsize=11, fontweight="bold")
    parts = figure.subfigures(len(pictures), 1, squeeze=False)
    for part, picture in zip(parts[:, 0], pictures, strict=True):
        part.suptitle(picture.heading, fontsize=9)
        grid = part.subplots(lines, columns, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for z, axes in enumerate(grid.flat[:slices]):
            _draw(axes, picture.image[z][window], picture.labels[z][window], limits, spacing_yx_mm)
            axes.text(0.03, 0.97, str(z + 1), transform=axes.transAxes, color="yellow", fontsize=7, va="top")
    legend_of(figure, CONTOURS, note)
    return figure


def _draw(
    axes: Any, image: np.ndarray, labels: np.ndarray, limits: Mapping[str, float], spacing_yx_mm: tuple[float, float]
) -> None:
    axes.imshow(image, cmap="gray", aspect=spacing_yx_mm[0] / spacing_yx_mm[1], **limits)
    contours(axes, labels)


def _window(pictures: tuple[Picture, ...], spacing_yx_mm: tuple[float, float]) -> tuple[slice, slice]:
    """The rows and columns that hold every label and a margin."""
    labelled = np.any([(picture.labels > 0).any(axis=0) for picture in pictures], axis=0)
    if not labelled.any():
        return slice(None), slice(None)
    ends = []
    for axis, spacing_mm in enumerate(spacing_yx_mm):
        places = np.flatnonzero(labelled.any(axis=1 - axis))
        margin = round(MARGIN_MM / spacing_mm)
        ends.append(slice(max(int(places[0]) - margin, 0), int(places[-1]) + margin + 1))
    return ends[0], ends[1]
