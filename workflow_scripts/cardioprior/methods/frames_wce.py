"""Row "WCE" of table 7.1 of the thesis."""

from cardioprior.inference.frame_method import FrameMethod


class Method(FrameMethod):
    """The frame detector trained with weighted cross-entropy."""

    title = "WCE"
    loss = "wce"
