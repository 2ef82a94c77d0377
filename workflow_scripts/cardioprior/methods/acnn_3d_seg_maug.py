"""Row "3D-Seg-MAug" of table I of ACNN: trained with slices that move on their own."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "3D-Seg-MAug"
    row = "3d-seg-maug"
