"""Row "EDSR" of latent optimisation, table 3: the segmented stack through EDSR, trained on normal motion."""

from cardioprior.inference.view_method import RestoredViews
from cardioprior.methods import lo_edsr_normal


class Method(RestoredViews):
    """See methods/lo_edsr_normal.py."""

    title = "EDSR"
    restorer = lo_edsr_normal.Method()
