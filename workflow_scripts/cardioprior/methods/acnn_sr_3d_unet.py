"""Row "3D-UNet" of table III of ACNN: a 3D U-net."""

from cardioprior.inference.super_resolution_method import Network


class Method(Network):
    """See models/super_resolution.py."""

    title = "3D-UNet"
    row = "3d-unet"
