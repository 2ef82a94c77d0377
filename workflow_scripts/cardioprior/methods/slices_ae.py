"""Row "AE" of the slice interpolation paper, in the form that its text gives."""

from cardioprior.inference.slice_method import CodeMixing


class Method(CodeMixing):
    """See inference.slice_method."""

    title = "AE"
    form = "text"
