"""A row that the k-space paper lacks: images by compressed sensing, by a network that learnt from fully sampled
ones."""

from cardioprior.inference.kspace_method import RECONSTRUCTED, ImageMethod
from cardioprior.models.cine_segmentation import FULL


class Method(ImageMethod):
    """An image first, then its labels."""

    title = "compressed sensing, network of full ones"
    conditions = (RECONSTRUCTED,)
    trained_on = FULL
