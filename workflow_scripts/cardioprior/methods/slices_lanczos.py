"""Row "Lanczos" of the slice interpolation paper."""

from cardioprior.inference.slice_method import SliceInterpolation


class Method(SliceInterpolation):
    """Aligned with the slices."""

    title = "Lanczos"
    interpolation = "lanczos"
