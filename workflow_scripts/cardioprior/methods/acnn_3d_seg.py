"""Row "3D-Seg" of table I of ACNN: the segmentation network without a prior."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "3D-Seg"
    row = "3d-seg"
