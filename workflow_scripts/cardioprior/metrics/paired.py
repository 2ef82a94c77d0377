"""Whether one series of subjects' values lies above another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 9999
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Comparison:
    """margin: mean of the differences. low, high: its 95 % interval by bootstrap over subjects (bias-corrected and
    accelerated). p_value: one-sided Wilcoxon signed-rank test that the differences lie above 0. n: pairs."""

    margin: float
    low: float
    high: float
    p_value: float
    n: int


def compare(values: Sequence[float] | np.ndarray, others: Sequence[float] | np.ndarray) -> Comparison:
    """Values less others, pair by pair; pairs with a nan are dropped. Below two pairs, or with no difference at all,
    there is no interval and no p-value."""
    difference = np.asarray(values, float) - np.asarray(others, float)
    difference = difference[np.isfinite(difference)]
    n = len(difference)
    margin = float(difference.mean()) if n else math.nan
    if n < 2 or np.ptp(difference) == 0:
        return Comparison(margin, math.nan, math.nan, math.nan, n)
    from scipy.stats import bootstrap, wilcoxon

    found = bootstrap(
        (difference,),
        _ordered_mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    p_value = float(wilcoxon(difference, alternative="greater").pvalue)
    return Comparison(margin, float(found.low), float(found.high), p_value, n)


def _ordered_mean(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean, the same to the last bit in any order of the values: the bias correction counts resamples below the
    observed mean, and one that only reorders the sample is not below it."""
    found: np.ndarray = np.sort(values, axis=axis).mean(axis=axis)
    return found


def signed_rank_p(values: np.ndarray, others: np.ndarray) -> float:
    """p of a two-sided Wilcoxon signed-rank test of pairs; nan below two pairs or without any difference."""
    from scipy.stats import wilcoxon

    difference = np.asarray(values, float) - np.asarray(others, float)
    if len(difference) < 2 or not difference.any():
        return math.nan
    return float(wilcoxon(difference).pvalue)


def rank_sum_p(values: np.ndarray, others: np.ndarray) -> float:
    """p of a two-sided Wilcoxon rank-sum test of two samples; nan where one is empty."""
    from scipy.stats import ranksums

    a, b = np.asarray(values, float), np.asarray(others, float)
    return float(ranksums(a, b).pvalue) if len(a) and len(b) else math.nan
