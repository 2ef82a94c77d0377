"""What the k-space tables share: conditions that are numbers of lines."""

from __future__ import annotations

from cardioprior.metrics.lines import FULL

#: more than any image has
MOST = 512
#: every condition that a table may show, in the order of their lines
CONDITIONS = (*(f"{n} lines" for n in range(1, MOST)), FULL)


def printed_name(method: str) -> str:
    """How the paper names a method that is tuned to each number of lines; the general one gets a name of ours."""
    if method.endswith(", tuned"):
        return method.removesuffix(", tuned")
    return f"{method}, any number of lines" if method in ("Syn-net", "LI-net") else method
