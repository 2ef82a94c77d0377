"""A row beside table III of ACNN: ACNN-SR trained without its prior, as figure 8 and the text compare it."""

from cardioprior.inference.super_resolution_method import Network


class Method(Network):
    """See models/super_resolution.py."""

    title = "ACNN-SR without prior"
    row = "acnn-sr-without-prior"
