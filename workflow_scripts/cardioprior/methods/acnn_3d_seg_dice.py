"""A row beside table I of ACNN: 3D-Seg with the Dice loss in cross-entropy's place, which ACNN's text mentions."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "3D-Seg, Dice loss"
    row = "3d-seg-dice"
