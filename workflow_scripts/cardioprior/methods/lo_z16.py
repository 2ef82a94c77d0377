"""Row "LO, latent 16" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_vae.py."""

    title = "LO, latent 16"
    generator = "shape_vae@z16-b0.001"
