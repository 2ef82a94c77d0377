"""Row "EDSR, trained on no motion" of latent optimisation: table 2."""

from cardioprior.inference.shape_method import RestorationMethod


class Method(RestorationMethod):
    """See models/edsr.py."""

    title = "EDSR, trained on no motion"
    level = "none"
