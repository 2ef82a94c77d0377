"""Row "LO" of latent optimisation, table 3: code and displacements that explain the segmented stack."""

from cardioprior.inference.view_method import RestoredViews
from cardioprior.methods import lo


class Method(RestoredViews):
    """See methods/lo.py."""

    title = "LO"
    restorer = lo.Method()
