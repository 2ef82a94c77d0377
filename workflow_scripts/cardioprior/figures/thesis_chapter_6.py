"""Thesis, figs. 6.8 and 6.9, and a Bland-Altman plot: volumes against their references, activation maps over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.metrics.agreement import bland_altman, correlation, regression_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: below this an activation is not drawn
FAINTEST = 0.05


def volume_scatter(rows: pd.DataFrame, phase: str) -> Figure:
    """Predicted LV volumes against the true ones, with the regression line and the line of identity (fig. 6.8).

    rows: metrics rows of one method on one cohort. phase: ED or ES.
    """
    figure, axes = _square_figure()
    predicted, true = _volumes(rows, phase)
    line, found = regression_line(predicted, true), correlation(predicted, true)
    ends = np.array([min(true.min(), predicted.min()), max(true.max(), predicted.max())])
    axes.scatter(true, predicted, s=14)
    axes.plot(ends, ends, color="grey", linestyle=":", label="identity")
    label = f"{line.slope:.2f} x + {line.intercept:.1f} ml, R = {found.r:.2f}"
    axes.plot(ends, line.slope * ends + line.intercept, color="C1", label=label)
    axes.set(xlabel=f"true LV volume at {phase} (ml)", ylabel="predicted LV volume (ml)", aspect="equal")
    axes.legend()
    return figure


def volume_bland_altman(rows: pd.DataFrame, phase: str) -> Figure:
    """Predicted less true LV volume against the mean of both, with bias and 95 % limits of agreement.

    rows: metrics rows of one method on one cohort. phase: ED or ES.
    """
    figure, axes = _square_figure()
    predicted, true = _volumes(rows, phase)
    agreement = bland_altman(predicted, true)
    axes.scatter((predicted + true) / 2, predicted - true, s=14)
    for value, style in ((agreement.bias, "-"), (agreement.lower, "--"), (agreement.upper, "--")):
        axes.axhline(value, color="C1", linestyle=style, label=f"{value:.1f} ml")
    axes.set(xlabel=f"mean of both LV volumes at {phase} (ml)", ylabel="predicted less true (ml)")
    axes.legend(title="bias, limits of agreement")
    return figure


def cam_overlay(image: np.ndarray, cam: np.ndarray, truth: np.ndarray) -> Figure:
    """Every slice of an image with the activation map over it and the outline of the true LV (fig. 6.9).

    image: (z, y, x). cam: (z, y, x), from 0 to 1. truth: (z, y, x), boolean.
    """
    from matplotlib.figure import Figure

    columns = int(np.ceil(np.sqrt(len(image))))
    lines = int(np.ceil(len(image) / columns))
    figure = Figure(figsize=(2 * columns, 2 * lines), layout="constrained")
    for axes in (grid := figure.subplots(lines, columns, squeeze=False)).flat:
        axes.set_axis_off()
    for axes, picture, activation, outline in zip(grid.flat, image, cam, truth, strict=False):
        axes.imshow(picture, cmap="gray")
        shown = np.ma.masked_less(activation, FAINTEST)
        axes.imshow(shown, cmap="inferno", vmin=0, vmax=1, alpha=0.5)
        if outline.any():
            axes.contour(outline, [0.5], colors="cyan", linewidths=0.8)
    return figure


def _volumes(rows: pd.DataFrame, phase: str) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true volumes (ml) of a phase, subjects without either left out."""
    chosen = rows[(rows["metric"] == "volume") & (rows["phase"] == phase)].dropna(subset=["value", "reference"])
    return chosen["value"].to_numpy(), chosen["reference"].to_numpy()


def _square_figure() -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    return figure, figure.subplots()
