"""A row that the thesis lacks: its 3D U-net with every window of three slices averaged."""

from cardioprior.inference.window_method import WindowMethod


class Method(WindowMethod):
    """As the row "3D U-net", its windows one slice apart and averaged. The PSPU-net sees slices alone: it would not
    change."""

    title = "3D U-net, overlapping"
    model = "unet_3d"
    windows = "overlapping"
