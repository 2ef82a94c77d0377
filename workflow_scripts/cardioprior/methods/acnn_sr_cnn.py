"""Row "SR-CNN" of table III of ACNN: a network that upsamples first."""

from cardioprior.inference.super_resolution_method import Network


class Method(Network):
    """See models/super_resolution.py."""

    title = "SR-CNN"
    row = "sr-cnn"
