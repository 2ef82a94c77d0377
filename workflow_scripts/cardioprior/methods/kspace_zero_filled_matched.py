"""A row that the k-space paper lacks: zero-filled images, by a network a number of lines that learnt from such."""

from cardioprior.inference.kspace_method import CURVE, ImageMethod
from cardioprior.models.cine_segmentation import ZERO_FILLED


class Method(ImageMethod):
    """An image first, then its labels."""

    title = "zero-filled images, network of such"
    conditions = (CURVE,)
    trained_on = ZERO_FILLED
