"""Row "SBI" of latent optimisation, table 3: signed distances of the segmented stack's structures, interpolated."""

from cardioprior.inference.view_method import RestoredViews
from cardioprior.methods import lo_sbi


class Method(RestoredViews):
    """See methods/lo_sbi.py."""

    title = "SBI"
    restorer = lo_sbi.Method()
