"""Figures of losses over the epochs, which differ in their study alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import LOGS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

COLOURS = {"train": "C0", "validation": "C1"}
COLUMNS = 2


class LossCurves(FigureBase):
    """Training and validation loss, a panel a trained model."""

    reads = frozenset({LOGS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import panels

        logs = {f"{model}\n{cohort}": log for (cohort, model), log in sources.logs.items() if len(log)}
        picture, grid = panels(list(logs), COLUMNS)
        for axes, log in zip(grid, logs.values(), strict=True):
            losses = log[log["name"] == "loss"]
            for split, colour in COLOURS.items():
                curve = losses[losses["split"] == split]
                if len(curve):
                    axes.plot(curve["epoch"] + 1, curve["value"], color=colour, marker=".", label=split)
            axes.set(xlabel="epoch", ylabel="loss")
            axes.legend(fontsize="small")
        return picture
