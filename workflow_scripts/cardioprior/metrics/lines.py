"""Conditions of metrics rows that are numbers of lines of k-space."""

from __future__ import annotations

import re

FULL = "fully sampled"


def lines_text(lines: int, total: int) -> str:
    """A number of lines a frame as the tables name it."""
    return FULL if lines == total else f"{lines} lines"


def number(condition: str) -> float:
    """The lines of a condition; infinite where all are sampled, nan for a condition of another kind."""
    found = re.fullmatch(r"(\d+) lines", condition)
    return float(found[1]) if found else float("inf") if condition == FULL else float("nan")
