"""k-space paper, figure 2: Dice against the number of lines, with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import FigureBase, Sources
from cardioprior.tables.kspace_figure_2 import STRUCTURES
from cardioprior.metrics.lines import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

#: the second row enlarges these
FEW = 10
SHOWN = ("Syn-net", "LI-net")


class Figure(FigureBase):
    """A column a structure, two rows a cohort: all numbers of lines, then up to ten."""

    name = "kspace_figure_2"
    study = "kspace"
    caption = (
        "Dice against the number of k-space lines a frame, mean and SD (band) over subjects and the frames of ED and "
        "ES; below, the first ten. Dashed: fully sampled. Points: networks that learnt from images made first."
    )

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import panels

        dices = sources.metrics[sources.metrics["metric"] == "dice"]
        dices = dices.assign(lines=[number(str(condition)) for condition in dices["condition"]])
        cohorts = [str(cohort) for cohort in dices["cohort"].unique()]
        parts = [(c, few, s) for c in cohorts for few in (False, True) for s in STRUCTURES]
        picture, grid = panels([f"{structure}, {cohort}" for cohort, _, structure in parts], len(STRUCTURES))
        for axes, (cohort, few, structure) in zip(grid, parts, strict=True):
            _curves(axes, dices[(dices["cohort"] == cohort) & (dices["structure"] == structure)], few)
        return picture


def _curves(axes: Any, rows: pd.DataFrame, few: bool) -> None:
    for place, (method, of_method) in enumerate(rows.groupby("method", sort=False)):
        colour = f"C{place}"
        by_lines = of_method.groupby("lines")["value"].agg(["mean", "std"])
        drawn = by_lines[np.isfinite(by_lines.index)]
        drawn = drawn[drawn.index <= FEW] if few else drawn
        if method in SHOWN:
            axes.plot(drawn.index, drawn["mean"], color=colour, marker=".", label=str(method))
            axes.fill_between(drawn.index, drawn["mean"] - drawn["std"], drawn["mean"] + drawn["std"], color=colour,
                              alpha=0.2, linewidth=0)  # fmt: skip
            if np.inf in by_lines.index:
                axes.axhline(by_lines.loc[np.inf, "mean"], color=colour, linestyle="--", linewidth=0.8)
        elif len(drawn):
            axes.scatter(drawn.index, drawn["mean"], s=12, color=colour, label=str(method))
    axes.set(xlabel="lines a frame", ylabel="Dice", ylim=(0, 1))
    axes.legend(fontsize=5)
