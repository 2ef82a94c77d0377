"""Row "LO, PCA" of the choice of a generator for latent optimisation."""

from cardioprior.inference.shape_method import LatentOptimisation


class Method(LatentOptimisation):
    """See models/shape_pca.py."""

    title = "LO, PCA"
    generator = "shape_pca"
