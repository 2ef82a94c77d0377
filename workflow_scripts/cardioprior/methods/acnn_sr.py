"""Row "ACNN-SR" of table III of ACNN: super-resolution trained with the shape prior."""

from cardioprior.inference.super_resolution_method import Network


class Method(Network):
    """See models/super_resolution.py."""

    title = "ACNN-SR"
    row = "acnn-sr"
