"""Thesis, figure 5.6: losses of both segmentation networks over the epochs."""

from cardioprior.figures.loss_curves import LossCurves


class Figure(LossCurves):
    """A panel a trained model."""

    name = "thesis_figure_5_6"
    study = "thesis_segmentation"
    caption = "Weighted Dice loss over the epochs of training, a panel a network."
