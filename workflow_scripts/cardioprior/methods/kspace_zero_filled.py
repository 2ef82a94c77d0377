"""A row that the k-space paper lacks: zero-filled images, by a network that learnt from fully sampled ones."""

from cardioprior.inference.kspace_method import CURVE, ImageMethod
from cardioprior.models.cine_segmentation import FULL


class Method(ImageMethod):
    """An image first, then its labels."""

    title = "zero-filled images, network of full ones"
    conditions = (CURVE,)
    trained_on = FULL
