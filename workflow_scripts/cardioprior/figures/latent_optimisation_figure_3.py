"""Latent optimisation, figure 3: a long-axis cut through restored label maps, by method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.plots import CONTOURS, tiles
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV, STRUCTURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

CONDITIONS = ("normal-motion", "severe-motion")
COLOURS = ("white", *CONTOURS.values())
TRUTH = "truth"


class Figure(FigureBase):
    """The first test subject by id of every cohort, not chosen by how well it went."""

    name = "latent_optimisation_figure_3"
    study = "latent_optimisation"
    caption = (
        "Label maps restored from simulated stacks, cut along the long axis through the middle of the LV; truth at the "
        "right. Red LV, green myocardium, blue RV."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        methods = [str(method) for method in sources.metrics["method"].unique()]
        cohorts = [str(cohort) for cohort in sources.metrics["cohort"].unique()]
        rows = [(cohort, condition) for cohort in cohorts for condition in CONDITIONS]
        picture, grid = tiles(len(rows), len(methods) + 1, (1.5, 1.9))
        for line, (cohort, condition) in zip(grid, rows, strict=False):
            for axes, method in zip(line, methods, strict=False):
                pair = next(iter(sources.predictions(cohort, method, condition)), None)
                if pair is None:
                    continue
                prediction, record = pair
                true = record.arrays["labels"]
                spacing_mm = stored_grid(record.meta["grid"]).spacing_mm
                _show(axes, prediction.arrays["labels"], true, spacing_mm, method)
                _show(line[-1], true, true, spacing_mm, f"{TRUTH}\n{condition}")
        return picture


def _show(axes: Any, labels: np.ndarray, true: np.ndarray, spacing_mm: tuple[float, ...], title: str) -> None:
    """The cut across y at the middle of the true LV, base or apex up as the stack has it."""
    from matplotlib.colors import ListedColormap

    y = int(np.argwhere(true == LV)[:, 1].mean()) if (true == LV).any() else true.shape[1] // 2
    aspect = spacing_mm[0] / spacing_mm[2]
    colours = ListedColormap(COLOURS)
    axes.imshow(labels[:, y], cmap=colours, vmin=0, vmax=len(STRUCTURES), aspect=aspect, interpolation="nearest")
    axes.set_title(title, fontsize=6)
