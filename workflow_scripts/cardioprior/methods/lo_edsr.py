"""Row "EDSR" of latent optimisation: trained on the level that it is tested on."""

from cardioprior.inference.shape_method import RestorationMethod


class Method(RestorationMethod):
    """See models/edsr.py."""

    title = "EDSR"
    level = None
