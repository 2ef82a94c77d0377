"""Row "AE-Seg" of table I of ACNN: a segmentation network with an autoencoder behind it."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "AE-Seg"
    row = "ae-seg"
