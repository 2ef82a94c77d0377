"""Row "Linear" of the slice interpolation paper."""

from cardioprior.inference.slice_method import SliceInterpolation


class Method(SliceInterpolation):
    """Aligned with the slices."""

    title = "Linear"
    interpolation = "linear"
