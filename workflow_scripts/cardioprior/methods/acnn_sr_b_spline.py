"""Row "B-Spline" of table III of ACNN."""

from cardioprior.inference.super_resolution_method import Interpolated


class Method(Interpolated):
    """Needs no model."""

    title = "B-Spline"
    interpolation = "b-spline"
