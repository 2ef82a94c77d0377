"""Thesis, figure 5.6: losses of both segmentation networks over the epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import LOGS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


class Figure(FigureBase):
    """A panel a trained model."""

    name = "thesis_figure_5_6"
    study = "thesis_segmentation"
    caption = "Weighted Dice loss over the epochs of training, a panel a network."
    reads = frozenset({LOGS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import loss_curves

        trained = {names: log for names, log in sources.logs.items() if len(log)}
        return loss_curves(trained)
