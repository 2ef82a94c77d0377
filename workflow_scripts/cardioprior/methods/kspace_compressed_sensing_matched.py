"""A row that the k-space paper lacks: images by compressed sensing, by a network a number of lines that learnt from
such."""

from cardioprior.inference.kspace_method import RECONSTRUCTED, ImageMethod
from cardioprior.models.cine_segmentation import COMPRESSED_SENSING


class Method(ImageMethod):
    """An image first, then its labels."""

    title = "compressed sensing, network of such"
    conditions = (RECONSTRUCTED,)
    trained_on = COMPRESSED_SENSING
