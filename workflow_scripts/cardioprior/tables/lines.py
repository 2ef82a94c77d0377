"""What the k-space tables share: conditions that are numbers of lines."""

from __future__ import annotations

import re

FULL = "fully sampled"
#: more than any image has
MOST = 512
#: every condition that a table may show, in the order of their lines
CONDITIONS = (*(f"{n} lines" for n in range(1, MOST)), FULL)


def lines_text(lines: int, total: int) -> str:
    """A number of lines a frame as the tables name it."""
    return FULL if lines == total else f"{lines} lines"


def number(condition: str) -> float:
    """The lines of a condition; infinite where all are sampled, nan for a condition of another kind."""
    found = re.fullmatch(r"(\d+) lines", condition)
    return float(found[1]) if found else float("inf") if condition == FULL else float("nan")


def printed_name(method: str) -> str:
    """How the paper names a method that is tuned to each number of lines; the general one gets a name of ours."""
    if method.endswith(", tuned"):
        return method.removesuffix(", tuned")
    return f"{method}, any number of lines" if method in ("Syn-net", "LI-net") else method
