"""Parts of claims that come again: one method against another over the same subjects, and the like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.claims.contract import Part
from cardioprior.metrics.agreement import bland_altman, correlation
from cardioprior.metrics.evidence import Evidence, above, mean_below, plain, resampled, within

if TYPE_CHECKING:
    import pandas as pd

SIGNED_RANK = "Wilcoxon signed-rank, one-sided"
BOOTSTRAP = "paired bootstrap over subjects, 2,000 draws"
#: what a claim that one is at least as good as another may fall short by [guess: the papers name no margin]
SHORT_DICE = 0.01


def chosen(rows: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """Rows with these values in these columns."""
    for name, value in columns.items():
        rows = rows[rows[name] == value]
    return rows


def by_subject(rows: pd.DataFrame, losses: bool = False, /, **columns: str) -> pd.Series:
    """Values of rows as of `chosen`, the mean by subject. losses: whether a value that does not exist is worse than any
    (a structure that was not found has no distance), else it is left out."""
    found = chosen(rows, **columns)
    values = found["value"].fillna(np.inf) if losses else found["value"].dropna()
    return values.groupby(found["subject"]).mean()


def differences(better: pd.Series, worse: pd.Series) -> np.ndarray:
    """`worse` less `better` over the subjects of both; where one is infinite, more than any difference that is not."""
    both = better.index.intersection(worse.index)
    with np.errstate(invalid="ignore"):
        found = (worse[both] - better[both]).to_numpy()
    found = np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf)  # both infinite: neither wins
    finite = np.abs(found[np.isfinite(found)])
    most = 1 + (finite.max() if len(finite) else 0)
    return np.clip(found, -most, most)


def larger(better: str, worse: str, metric: str, unit: str = "", margin: float = 0.0, /, **columns: str) -> Part:
    """One method's figure above another's, by more than a margin (a negative one: short of it by less)."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (by_subject(rows, method=method, metric=metric, **columns) for method in (better, worse))
        return above(-differences(a, b), margin) if len(a) and len(b) else None

    return Part(_what(f"{better} over {worse}", metric, columns, margin), SIGNED_RANK, check, unit)


def smaller(better: str, worse: str, metric: str, unit: str = "", /, **columns: str) -> Part:
    """One method's error below another's; a figure that does not exist loses."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (by_subject(rows, True, method=method, metric=metric, **columns) for method in (better, worse))
        return above(differences(a, b)) if len(a) and len(b) else None

    return Part(_what(f"{better} under {worse}", metric, columns), SIGNED_RANK, check, unit)


def alike(one: str, other: str, metric: str, margin: float, unit: str = "", /, **columns: str) -> Part:
    """Two methods' figures within a margin of each other."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (by_subject(rows, method=method, metric=metric, **columns) for method in (one, other))
        return within(differences(a, b), margin) if len(a) and len(b) else None

    what = _what(f"{one} within {margin:g} of {other}", metric, columns)
    return Part(what, "two one-sided Wilcoxon signed-rank tests", check, unit)


def ordered(what: str, low: dict[str, str], high: dict[str, str], unit: str = "", losses: bool = False) -> Part:
    """Figures under one set of columns (the metric's among them) above those under another, of the same subjects."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (by_subject(rows, losses, **columns) for columns in (low, high))
        return above(differences(a, b)) if len(a) and len(b) else None

    return Part(what, SIGNED_RANK, check, unit)


def same(what: str, one: dict[str, str], other: dict[str, str], margin: float, unit: str = "") -> Part:
    """Figures under one set of columns (the metric's among them) within a margin of those under another."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (by_subject(rows, **columns) for columns in (one, other))
        return within(differences(a, b), margin) if len(a) and len(b) else None

    return Part(what, "two one-sided Wilcoxon signed-rank tests", check, unit)


def pairs(rows: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """Values and references by subject, of those that have both."""
    found = chosen(rows, **columns).dropna(subset=["value", "reference"])
    return found.groupby("subject")[["value", "reference"]].mean()


def correlation_above(limit: float, **columns: str) -> Part:
    """A method's correlation with the reference above a limit."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        both = pairs(rows, **columns).to_numpy()
        return resampled(lambda i: correlation(*both[i].T).r - limit, len(both)) if len(both) else None

    return Part(_what(f"{columns['method']}: correlation over {limit:g}", columns["metric"], columns), BOOTSTRAP, check)


def agreement(
    what: str, better: str, worse: str, statistic: Callable[[np.ndarray, np.ndarray], float], unit: str = "",
    **columns: str,
) -> Part:  # fmt: skip
    """A statistic of values and references that is larger for one method than for another."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        a, b = (pairs(rows, method=method, **columns) for method in (better, worse))
        both = a.merge(b, left_index=True, right_index=True, suffixes=("", "_other")).to_numpy()
        if not len(both):
            return None
        return resampled(lambda i: statistic(*both[i, :2].T) - statistic(*both[i, 2:].T), len(both))

    return Part(what, BOOTSTRAP, check, unit)


def pearson(values: np.ndarray, references: np.ndarray) -> float:
    """Correlation, for `agreement`."""
    return correlation(values, references).r


def narrowness(values: np.ndarray, references: np.ndarray) -> float:
    """Half the width of the limits of agreement with its sign changed: larger where they are narrower."""
    limits = bland_altman(values, references)
    return limits.bias - limits.upper


def mean_under(limit: float, what: str, of: Callable[[pd.DataFrame], Sequence[float]], unit: str = "") -> Part:
    """A mean over subjects under a limit."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        values = np.asarray(of(rows), float)
        return mean_below(values, limit) if len(values) else None

    return Part(what, "Student's t, one-sided bound of the mean", check, unit)


def fewer(better: str, worse: str, metric: str, unit: str = "") -> Part:
    """A number about a model that is smaller than another's."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        found = [chosen(rows, method=method, metric=metric)["value"] for method in (better, worse)]
        subjects = rows[rows["subject"] != ""]["subject"].nunique()
        return plain(float(found[1].mean() - found[0].mean()), subjects) if all(map(len, found)) else None

    return Part(_what(f"{better} under {worse}", metric, {}), "plain comparison", check, unit)


def _what(who: str, metric: str, columns: dict[str, Any], margin: float = 0.0) -> str:
    where = [columns[name] for name in ("structure", "phase", "condition") if columns.get(name)]
    by = f" by more than {margin:g}" if margin > 0 else f", or short of it by less than {-margin:g}" if margin else ""
    return f"{who}{by}: {', '.join([metric.replace('_', ' '), *where])}"
