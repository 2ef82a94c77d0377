"""Row "EDSR, trained on severe motion" of latent optimisation: table 2."""

from cardioprior.inference.shape_method import RestorationMethod


class Method(RestorationMethod):
    """See models/edsr.py."""

    title = "EDSR, trained on severe motion"
    level = "severe"
