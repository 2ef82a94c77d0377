"""The autoencoder in the form that the public code builds by default."""

from cardioprior.inference.slice_method import CodeMixing


class Method(CodeMixing):
    """See inference.slice_method."""

    title = "AE, public code's form"
    form = "code"
