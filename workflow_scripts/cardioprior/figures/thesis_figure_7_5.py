"""Thesis, figure 7.5: both losses of the frame detector over the epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import LOGS, FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


class Figure(FigureBase):
    """A panel a trained model."""

    name = "thesis_figure_7_5"
    study = "thesis_frames"
    caption = (
        "Loss over the epochs of training, a panel a loss function; the epoch of the lowest validation loss is kept."
    )
    reads = frozenset({LOGS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import loss_curves

        trained = {names: log for names, log in sources.logs.items() if len(log)}
        return loss_curves(trained)
