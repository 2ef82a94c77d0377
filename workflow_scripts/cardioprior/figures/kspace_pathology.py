"""Diagnosis from LI-net's codes: accuracy against the number of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cardioprior.figures.contract import FigureBase, Sources
from cardioprior.protocols.diagnosis import CORRECT
from cardioprior.metrics.lines import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


class Figure(FigureBase):
    """A panel a cohort and method."""

    name = "kspace_pathology"
    study = "kspace_pathology"
    caption = (
        "Share of subjects whose group was named against the number of k-space lines a frame, mean and SD over draws "
        "of the folds. Dashed: fully sampled. Dotted: the share of the largest group."
    )

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import groups, panels

        correct = sources.metrics[sources.metrics["metric"] == CORRECT]
        correct = correct.assign(lines=[number(str(condition)) for condition in correct["condition"]])
        parts = groups(correct, "cohort", "method")
        picture, grid = panels([f"{method}, {cohort}" for (cohort, method), _ in parts], 2)
        for axes, (_, rows) in zip(grid, parts, strict=True):
            by_draw = rows.groupby(["lines", "draw"], as_index=False)["value"].mean()
            shares = by_draw.groupby("lines")["value"].agg(["mean", "std"])
            drawn = shares[np.isfinite(shares.index)]
            axes.errorbar(drawn.index, drawn["mean"], drawn["std"], marker="o", capsize=3)
            axes.axhline(shares.loc[np.inf, "mean"], color="C0", linestyle="--", linewidth=0.8)
            largest = rows.drop_duplicates("subject")["group"].value_counts(normalize=True).max()
            axes.axhline(largest, color="grey", linestyle=":")
            axes.set(xlabel="lines a frame", ylabel="accuracy", ylim=(0, 1))
        return picture
