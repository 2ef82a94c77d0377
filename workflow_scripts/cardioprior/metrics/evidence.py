"""What a sample says for and against a statement with a direction, and the smallest effect that it could have shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.05
#: below so many subjects nothing is concluded
FEWEST = 6
#: of the bootstrap
DRAWS = 2000
#: quantiles of the normal distribution at 1 - ALPHA and at the power of .8
REACH = 1.6449 + 0.8416
#: what the power of rank tests costs at most in subjects, beside a t-test on normal data
RANK_EFFICIENCY = 3 / math.pi


@dataclass(frozen=True)
class Evidence:
    """effect: positive where the sample is as stated. p_for: one-sided, small where it speaks for the statement;
    p_against: small where it speaks for the opposite. Both nan for a plain comparison. n: subjects. smallest: the
    effect that a sample like this would have shown with a power of .8."""

    effect: float
    p_for: float
    p_against: float
    n: int
    smallest: float = math.nan


def above(values: Sequence[float] | np.ndarray, margin: float = 0.0) -> Evidence:
    """That values (differences of pairs) lie above a margin: Wilcoxon signed-rank, one-sided. Values that are nan are
    left out."""
    shifted = np.asarray(values, float)
    shifted = shifted[np.isfinite(shifted)] - margin
    n = len(shifted)
    if n < 2 or not shifted.any():
        return Evidence(float(shifted.mean()) if n else math.nan, 1.0, 1.0, n)
    from scipy.stats import wilcoxon

    p_for, p_against = (float(wilcoxon(shifted, alternative=a).pvalue) for a in ("greater", "less"))
    smallest = REACH * float(shifted.std(ddof=1)) / math.sqrt(n * RANK_EFFICIENCY)
    return Evidence(float(shifted.mean()), p_for, p_against, n, smallest)


def within(values: Sequence[float] | np.ndarray, margin: float) -> Evidence:
    """That differences lie within a margin on both sides: two one-sided signed-rank tests. Against it: that they lie
    beyond it on one side."""
    values = np.asarray(values, float)
    low, high = above(values, -margin), above(-values, -margin)
    beyond = min(above(values, margin).p_for, above(-values, margin).p_for)
    return Evidence(min(low.effect, high.effect), max(low.p_for, high.p_for), min(1.0, 2 * beyond), low.n, low.smallest)


def mean_below(values: Sequence[float] | np.ndarray, limit: float) -> Evidence:
    """That the mean lies below a limit: Student's t, one-sided."""
    found = np.asarray(values, float)
    found = found[np.isfinite(found)]
    n = len(found)
    if n < 2 or np.ptp(found) == 0:
        mean = float(found.mean()) if n else math.nan
        return Evidence(limit - mean, float(not mean < limit), float(not mean > limit), n)
    from scipy.stats import ttest_1samp

    p_for, p_against = (float(ttest_1samp(found, limit, alternative=a).pvalue) for a in ("less", "greater"))
    smallest = REACH * float(found.std(ddof=1)) / math.sqrt(n)
    return Evidence(limit - float(found.mean()), p_for, p_against, n, smallest)


def resampled(statistic: Callable[[np.ndarray], float], n: int, seed: int = 0) -> Evidence:
    """That a statistic of subjects lies above 0: bootstrap over subjects. statistic: of indices (n,) into them; draws
    in which it does not exist (a correlation of equal values) are left out."""
    rng = np.random.default_rng(seed)
    effect = statistic(np.arange(n)) if n else math.nan
    if n < 2 or not math.isfinite(effect):
        return Evidence(effect, 1.0, 1.0, n)
    draws = np.array([statistic(rng.integers(n, size=n)) for _ in range(DRAWS)])
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return Evidence(effect, 1.0, 1.0, n)
    p_for, p_against = ((1 + int(side.sum())) / (1 + len(draws)) for side in (draws <= 0, draws >= 0))
    return Evidence(effect, p_for, p_against, n, REACH * float(draws.std(ddof=1)))


def ranks_below(values: Sequence[float] | np.ndarray, others: Sequence[float] | np.ndarray) -> Evidence:
    """That one sample lies below another: Wilcoxon rank-sum, one-sided. n: of the smaller sample."""
    samples = [np.asarray(sample, float) for sample in (values, others)]
    a, b = (sample[np.isfinite(sample)] for sample in samples)
    n = min(len(a), len(b))
    if not n:
        return Evidence(math.nan, 1.0, 1.0, 0)
    from scipy.stats import ranksums

    p_for, p_against = (float(ranksums(a, b, alternative=side).pvalue) for side in ("less", "greater"))
    spread = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)) if n > 1 else math.nan
    return Evidence(float(b.mean() - a.mean()), p_for, p_against, n, REACH * spread / math.sqrt(RANK_EFFICIENCY))


def folds_above(differences: Sequence[float] | np.ndarray, parts: int, subjects: int) -> Evidence:
    """That differences of accuracy over repeated folds lie above 0: the corrected resampled t-test (Nadeau and Bengio,
    2003). differences: one a fold and repeat, of `parts` folds each."""
    values = np.asarray(differences, float)
    k = len(values)
    if k < 2 or np.ptp(values) == 0:
        mean = float(values.mean()) if k else math.nan
        return Evidence(mean, float(not mean > 0), float(not mean < 0), subjects)
    from scipy.stats import t

    error = math.sqrt((1 / k + 1 / (parts - 1)) * values.var(ddof=1))
    statistic = float(values.mean()) / error
    return Evidence(float(values.mean()), float(t.sf(statistic, k - 1)), float(t.cdf(statistic, k - 1)), subjects,
                    REACH * error)  # fmt: skip


def plain(effect: float, n: int) -> Evidence:
    """A comparison of two numbers, without a test."""
    return Evidence(effect, math.nan, math.nan, n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given; nan stays nan and does not count."""
    adjusted = [math.nan] * len(p_values)
    order = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    largest = 0.0
    for rank, (p, i) in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p))
        adjusted[i] = largest
    return adjusted
