"""Row "AE-Seg-M" of table I of ACNN: a segmentation network with a wider autoencoder behind it."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "AE-Seg-M"
    row = "ae-seg-m"
