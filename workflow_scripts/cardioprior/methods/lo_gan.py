"""Row "LO, DCGAN" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_gan.py."""

    title = "LO, DCGAN"
    generator = "shape_gan"
