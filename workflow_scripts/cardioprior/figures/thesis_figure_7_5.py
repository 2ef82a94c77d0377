"""Thesis, figure 7.5: both losses of the frame detector over the epochs."""

from cardioprior.figures.loss_curves import LossCurves


class Figure(LossCurves):
    """A panel a trained model."""

    name = "thesis_figure_7_5"
    study = "thesis_frames"
    caption = (
        "Loss over the epochs of training, a panel a loss function; the epoch of the lowest validation loss is kept."
    )
