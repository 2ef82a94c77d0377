"""Row "LO" of latent optimisation: code and displacements that explain the stack, by the public code's rates."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See inference/latent_optimisation.py."""

    title = "LO"
