"""By how much a figure differs between two samples of the same subjects, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cardioprior.metrics.evidence import FEWEST
from cardioprior.metrics.paired import CONFIDENCE

RESAMPLES = 999


@dataclass(frozen=True)
class Sample:
    """What a figure is computed from. subjects: text (n,), whose the values (n, k) are, several a subject or one.
    centre: gives the figure from the values of any subjects."""

    subjects: np.ndarray
    values: np.ndarray
    centre: Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Difference:
    """value: b less a over the n subjects that both have. low, high: its 95 % interval, nan below FEWEST subjects."""

    value: float
    low: float
    high: float
    n: int


def difference(a: Sample, b: Sample) -> Difference:
    """Of a figure between two samples. Interval: percentiles over draws of subjects with replacement, in both samples
    the same; a draw without a figure in either is passed over."""
    shared = sorted(set(a.subjects.tolist()) & set(b.subjects.tolist()))
    rows = [[np.flatnonzero(sample.subjects == subject) for subject in shared] for sample in (a, b)]

    def drawn(places: np.ndarray) -> float:
        found = []
        for sample, its_rows in zip((a, b), rows, strict=True):
            chosen = [its_rows[place] for place in places]
            found.append(sample.centre(sample.values[np.concatenate(chosen)]) if chosen else math.nan)
        return found[1] - found[0]

    n = len(shared)
    value = drawn(np.arange(n))
    if n < FEWEST or math.isnan(value):
        return Difference(value, math.nan, math.nan, n)
    draws = np.random.default_rng(0).integers(0, n, (RESAMPLES, n))
    differences = np.array([drawn(places) for places in draws])
    beyond = 50 * (1 - CONFIDENCE)
    low, high = np.nanpercentile(differences, [beyond, 100 - beyond])
    return Difference(value, float(low), float(high), n)
