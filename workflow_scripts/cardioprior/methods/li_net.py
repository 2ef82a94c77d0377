"""Row "LI-net" of the k-space paper: one predictor for any number of lines."""

from cardioprior.inference.kspace_method import LatentMethod


class Method(LatentMethod):
    """Model li_net."""

    title = "LI-net"
    model = "li_net"
