"""Row "Syn-net" of the k-space paper: one network for any number of lines."""

from cardioprior.inference.kspace_method import SynMethod


class Method(SynMethod):
    """Model syn_net."""

    title = "Syn-net"
    model = "syn_net"
