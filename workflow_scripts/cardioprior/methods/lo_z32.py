"""Row "LO, latent 32" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_vae.py."""

    title = "LO, latent 32"
    generator = "shape_vae@z32-b0.001"
