"""Row "LI-net" of the k-space paper's table 1: tuned to each of its numbers of lines."""

from cardioprior.inference.kspace_method import CURVE, LatentMethod


class Method(LatentMethod):
    """Model li_net_tuned."""

    title = "LI-net, tuned"
    conditions = (CURVE,)
    model = "li_net_tuned"
    tuned = True
