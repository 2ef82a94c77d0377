"""Markdown tables of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; the first column is text, the others are figures."""
    rule = [" --- ", *(" ---: " for _ in head[1:])]
    lines = [head, *rows]
    return [_line(lines[0]), "|" + "|".join(rule) + "|", *(_line(line) for line in lines[1:])]


def short(value: float) -> str:
    """Three significant digits without an exponent; a dash for nan."""
    if math.isnan(value):
        return "–"
    size = abs(value)
    return (
        f"{value:.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 0.1
        else f"{value:.3f}"
    )


def spread(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Mean and SD (n - 1) of the values that are not nan."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    mean = float(known.mean()) if len(known) else math.nan
    return mean, float(known.std(ddof=1)) if len(known) > 1 else math.nan


def plus_minus(mean: float, deviation: float) -> str:
    """`12.3 ± 4.5`; without the SD where it is not known."""
    if math.isnan(mean):
        return "–"
    return short(mean) if math.isnan(deviation) else f"{short(mean)} ± {short(deviation)}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
