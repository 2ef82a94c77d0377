"""Thesis, figure 6.7: loss of the regression U-net over the epochs."""

from cardioprior.figures.loss_curves import LossCurves


class Figure(LossCurves):
    """A panel a trained model."""

    name = "thesis_figure_6_7"
    study = "thesis_volume"
    caption = "Loss of the regression U-net (eq. 6.1) over the epochs of training."
