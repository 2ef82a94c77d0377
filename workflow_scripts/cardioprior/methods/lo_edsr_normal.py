"""Row "EDSR, trained on normal motion" of latent optimisation: table 2."""

from cardioprior.inference.shape_method import RestorationMethod


class Method(RestorationMethod):
    """See models/edsr.py."""

    title = "EDSR, trained on normal motion"
    level = "normal"
