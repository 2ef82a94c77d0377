"""Row "3D U-net" of tables 5.1 and 5.2 of the thesis."""

from cardioprior.inference.window_method import WindowMethod


class Method(WindowMethod):
    """The 3D U-net's segmentations."""

    title = "3D U-net"
    model = "unet_3d"
