"""Row "LO, latent 64, beta 0.0001" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_vae.py."""

    title = "LO, latent 64, beta 0.0001"
    generator = "shape_vae@z64-b0.0001"
