"""A row that the paper lacks: its autoencoder trained to make middle slices, at a higher rate."""

from cardioprior.inference.slice_method import CodeMixing


class Method(CodeMixing):
    """See inference.slice_method."""

    title = "AE, trained on middle slices"
    model = "slice_autoencoder_middle"
