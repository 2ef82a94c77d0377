"""By how much methods lead others on the same patients: margins, intervals and one-sided p-values; how much a part of a
method changes; and whether the best two of a column, or all that follow one another, differ, two-sided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cardioprior.metrics.paired import compare, signed_rank_p
from cardioprior.tables.contract import (
    DIFFERENCE_WITH_P_VALUE,
    P_OF_BEST_TWO,
    P_OF_NEIGHBOURS,
    WITH_P_VALUE,
    Column,
    Figure,
    Panel,
    summary,
)

if TYPE_CHECKING:
    import pandas as pd

#: metric -> its heading, unit and decimals
Metrics = Mapping[str, tuple[str, str, int]]
#: what stands in a method's place where the best two are compared
P_VALUE = "p-value"
#: the condition of a p-value between a method and the next one by mean
NEIGHBOURS = "better than the next"


def per_patient(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One value a subject: the mean over its slices."""
    return rows[rows["metric"] == metric].groupby("subject", as_index=False)["value"].mean()


def leads(rows: pd.DataFrame, metrics: Metrics, baselines: Sequence[str]) -> Iterator[Figure]:
    """By how much each other method leads each baseline, patient by patient: `<metric>` has the margin, with the
    p-value in the spread's place, `<metric>_low` and `<metric>_high` the interval of the margin."""
    for method in [m for m in rows["method"].unique() if m not in baselines]:
        for baseline in [b for b in baselines if (rows["method"] == b).any()]:
            for metric, (_, unit, _) in metrics.items():
                ours, theirs = (
                    per_patient(rows[rows["method"] == one], metric).set_index("subject")["value"]
                    for one in (method, baseline)
                )
                both = ours.to_frame("ours").join(theirs.rename("theirs"), how="inner")
                found = compare(both["ours"].to_numpy(), both["theirs"].to_numpy())
                names = (str(method), f"vs {baseline}", "")
                yield Figure(
                    *names, metric, "", WITH_P_VALUE, found.margin, found.p_value, found.n, len(both) - found.n
                )
                yield Figure(*names, f"{metric}_low", unit, "value", found.low, n=found.n)
                yield Figure(*names, f"{metric}_high", unit, "value", found.high, n=found.n)


def lead_panel(methods: Sequence[str], baselines: Sequence[str], metrics: Metrics) -> Panel:
    """The block of `leads`."""
    columns = tuple(
        column
        for metric, (heading, _, decimals) in metrics.items()
        for column in (
            Column(f"{heading}: lead, p", "", metric, decimals + 1),
            Column("from", "", f"{metric}_low", decimals + 1),
            Column("to", "", f"{metric}_high", decimals + 1),
        )
    )
    lines = tuple((f"{method} vs {baseline}", method, f"vs {baseline}") for method in methods for baseline in baselines)
    return Panel("Leads", lines, columns)


def best_two(rows: pd.DataFrame, more_is_better: bool, condition: str, structure: str, metric: str) -> Iterator[Figure]:
    """The p-value between the two methods of the best means; rows of one metric are paired by subject and phase.
    Nothing below two methods."""
    by_method = rows.pivot(index=["subject", "phase"], columns="method", values="value")
    best = by_method.mean().sort_values(ascending=not more_is_better, kind="stable").index[:2]
    if len(best) == 2:
        both = by_method[list(best)].dropna()
        p_value = signed_rank_p(both[best[0]].to_numpy(), both[best[1]].to_numpy())
        missing = len(by_method) - len(both)
        yield Figure(P_VALUE, condition, structure, metric, "", P_OF_BEST_TWO, p_value, n=len(both), missing=missing)


def paired(rows: pd.DataFrame, method: str, other: str) -> pd.Series | None:
    """Values of one method less those of another by subject and phase, nan where one has none; None where a method was
    not run. Rows of one metric."""
    by_method = rows.pivot(index=["subject", "phase"], columns="method", values="value")
    return by_method[method] - by_method[other] if {method, other} <= set(by_method) else None


def mean_difference(differences: pd.Series, **names: str) -> Figure:
    """The mean of some pairs' differences, with the p-value of a two-sided Wilcoxon signed-rank test. names: method,
    condition, structure, metric, unit."""
    found = differences.dropna().to_numpy()
    mean = summary(differences.rename("value").reset_index(), "mean", **names)
    return replace(mean, statistic=DIFFERENCE_WITH_P_VALUE, spread=signed_rank_p(found, np.zeros(len(found))))


def neighbours(rows: pd.DataFrame, column: str, metric: str) -> Iterator[Figure]:
    """The p-value between every method and the one that follows it by mean, the better first: two-sided Wilcoxon
    signed-rank. rows: of one metric and structure, one a method and subject. column: of `neighbour_panel`."""
    by_method = rows.pivot(index="subject", columns="method", values="value")
    order = by_method.mean().sort_values(ascending=False, kind="stable").index
    for better, worse in pairwise(order):
        both = by_method[[better, worse]].dropna()
        p_value = signed_rank_p(both[better].to_numpy(), both[worse].to_numpy())
        missing = len(by_method) - len(both)
        yield Figure(
            str(better), NEIGHBOURS, column, metric, "", P_OF_NEIGHBOURS, p_value, n=len(both), missing=missing
        )


def neighbour_panel(methods: Sequence[str], columns: Sequence[str], metric: str) -> Panel:
    """The block of `neighbours`; the method of the lowest mean has no p-value."""
    lines = tuple((method, method, NEIGHBOURS) for method in methods)
    return Panel("p-values", lines, tuple(Column(column, column, metric) for column in columns))
