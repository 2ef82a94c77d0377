"""Row "FCN" of table II of ACNN: the segmentation network on ultrasound, without a prior."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py. The paper's FCN has no table of layers: ACNN-Seg's network stands for it."""

    title = "FCN"
    row = "3d-seg"
