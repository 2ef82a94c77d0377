"""Row "LO, latent 128" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_vae.py."""

    title = "LO, latent 128"
    generator = "shape_vae@z128-b0.001"
