"""Row "3D-UNet" of table I of ACNN: a 3D U-net."""

from cardioprior.inference.stack_method import StackMethod


class Method(StackMethod):
    """See models/stack_segmentation.py."""

    title = "3D-UNet"
    row = "3d-unet"
