"""Row "ACNN-Seg" of table I of ACNN: trained with the shape prior."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "ACNN-Seg"
    row = "acnn-seg"
