"""Row "LO-multi-view" of latent optimisation, table 3: code and displacements that explain stack and plane."""

from cardioprior.inference.view_method import MultiViewOptimisation, RestoredViews


class Method(RestoredViews):
    """See inference/view_method.py."""

    title = "LO-multi-view"
    restorer = MultiViewOptimisation()
