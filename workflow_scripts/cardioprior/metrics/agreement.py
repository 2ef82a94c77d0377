"""How well a series of measured values agrees with its references, over subjects.

One rule for all: a pair with a nan on either side is dropped and counted in `dropped`; below two pairs every figure is
nan. Series are sequences of one length; another length is a ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Of a normal distribution, 95 % lies within this many standard deviations of its mean.
LIMIT_SD = 1.96


@dataclass(frozen=True)
class Agreement:
    """Bland-Altman figures, in the unit of the values.

    bias: mean of value less reference. sd: standard deviation of these differences (n - 1).
    lower, upper: 95 % limits of agreement, bias -+ 1.96 sd. n: pairs used. dropped: pairs with a nan.
    """

    bias: float
    sd: float
    lower: float
    upper: float
    n: int
    dropped: int


@dataclass(frozen=True)
class Correlation:
    """Pearson's r and its two-sided p-value; nan also where either series is constant. n, dropped: pairs."""

    r: float
    p: float
    n: int
    dropped: int


@dataclass(frozen=True)
class Line:
    """Least-squares line value = slope * reference + intercept; nan also where the references are constant."""

    slope: float
    intercept: float
    n: int
    dropped: int


def bland_altman(values: Sequence[float] | np.ndarray, references: Sequence[float] | np.ndarray) -> Agreement:
    """Bias and 95 % limits of agreement of values against references.

    Source: Bland and Altman, Statistical methods for assessing agreement, Lancet 1986.
    """
    value, reference, dropped = _pairs(values, references)
    n = len(value)
    if n < 2:
        return Agreement(math.nan, math.nan, math.nan, math.nan, n, dropped)
    difference = value - reference
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    return Agreement(bias, sd, bias - LIMIT_SD * sd, bias + LIMIT_SD * sd, n, dropped)


def correlation(values: Sequence[float] | np.ndarray, references: Sequence[float] | np.ndarray) -> Correlation:
    """Pearson's correlation of values with references. Two pairs give -1 or 1 by construction, with p = 1."""
    value, reference, dropped = _pairs(values, references)
    n = len(value)
    if n < 2 or np.ptp(value) == 0 or np.ptp(reference) == 0:
        return Correlation(math.nan, math.nan, n, dropped)
    from scipy.stats import pearsonr

    result = pearsonr(value, reference)
    return Correlation(float(result.statistic), float(result.pvalue), n, dropped)


def regression_line(values: Sequence[float] | np.ndarray, references: Sequence[float] | np.ndarray) -> Line:
    """Least-squares line through the pairs: references along x, values along y."""
    value, reference, dropped = _pairs(values, references)
    n = len(value)
    if n < 2 or np.ptp(reference) == 0:
        return Line(math.nan, math.nan, n, dropped)
    from scipy.stats import linregress

    result = linregress(reference, value)
    return Line(float(result.slope), float(result.intercept), n, dropped)


def _pairs(
    values: Sequence[float] | np.ndarray, references: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Both series as float arrays without the pairs that hold a nan, and the number of those pairs."""
    value, reference = np.asarray(values, dtype=float), np.asarray(references, dtype=float)
    if value.ndim != 1 or value.shape != reference.shape:
        raise ValueError(
            f"values have shape {value.shape}, references {reference.shape}; wanted two series of one length"
        )
    keep = ~(np.isnan(value) | np.isnan(reference))
    return value[keep], reference[keep], int(np.count_nonzero(~keep))
