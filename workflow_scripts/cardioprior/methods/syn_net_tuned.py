"""Row "Syn-net" of the k-space paper's table 1: tuned to each of its numbers of lines."""

from cardioprior.inference.kspace_method import CURVE, SynMethod


class Method(SynMethod):
    """Model syn_net_tuned."""

    title = "Syn-net, tuned"
    conditions = (CURVE,)
    model = "syn_net_tuned"
    tuned = True
