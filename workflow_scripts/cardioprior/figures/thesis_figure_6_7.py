"""Thesis, figure 6.7: loss of the regression U-net over the epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import LOGS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


class Figure(FigureBase):
    """A panel a trained model."""

    name = "thesis_figure_6_7"
    study = "thesis_volume"
    caption = "Loss of the regression U-net (eq. 6.1) over the epochs of training."
    reads = frozenset({LOGS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import loss_curves

        trained = {names: log for names, log in sources.logs.items() if len(log)}
        return loss_curves(trained)
