"""B-Spline interpolation as the public code of the slice interpolation paper samples it: a quarter of a slice off."""

from cardioprior.inference.slice_method import OFF, SliceInterpolation


class Method(SliceInterpolation):
    """For the table of the public code's way alone."""

    title = f"B-Spline{OFF}"
    interpolation = "b-spline"
    off_slices = 0.25
