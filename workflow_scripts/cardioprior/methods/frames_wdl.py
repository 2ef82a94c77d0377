"""Row "WDL" of table 7.1 of the thesis."""

from cardioprior.inference.frame_method import FrameMethod


class Method(FrameMethod):
    """The frame detector trained with the weighted Dice loss."""

    title = "WDL"
    loss = "wdl"
