"""Row "PSPU-net" of tables 5.1 and 5.2 of the thesis."""

from cardioprior.inference.window_method import WindowMethod


class Method(WindowMethod):
    """The PSPU-net's segmentations."""

    title = "PSPU-net"
    model = "pspu_net"
