"""A row beside table I of ACNN: slices move on their own in training (of the paper's it is not said)."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "ACNN-Seg-MAug"
    row = "acnn-seg-maug"
