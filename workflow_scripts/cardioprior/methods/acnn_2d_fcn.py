"""Row "2D-FCN" of table I of ACNN: slice by slice."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "2D-FCN"
    row = "2d-fcn"
