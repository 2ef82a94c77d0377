"""Row "LO, latent 8" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_vae.py."""

    title = "LO, latent 8"
    generator = "shape_vae@z8-b0.001"
