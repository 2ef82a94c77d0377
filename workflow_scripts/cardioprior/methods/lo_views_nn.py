"""Row "NN" of latent optimisation, table 3: the segmented stack, every thin slice the thick one next to it."""

from cardioprior.inference.view_method import RestoredViews
from cardioprior.methods import lo_nn


class Method(RestoredViews):
    """See methods/lo_nn.py."""

    title = "NN"
    restorer = lo_nn.Method()
