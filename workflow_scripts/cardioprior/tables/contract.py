"""What a table is: a paper's printed table, computed from metrics rows alone.

A file here exports `Table` and is named after the paper's own numbering: table 5.1 is thesis_table_5_1.py and writes
thesis_table_5_1.{csv,md,tex,html,json}.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cardioprior.metrics.agreement import bland_altman, correlation
from cardioprior.metrics.resampling import Sample
from cardioprior.published.printed import figures as printed_figures

if TYPE_CHECKING:
    import pandas as pd

#: a margin, with the test's p-value in the spread's place
WITH_P_VALUE = "one-sided wilcoxon signed-rank"
#: a mean difference of pairs, with the p-value in the spread's place
DIFFERENCE_WITH_P_VALUE = "mean difference, wilcoxon signed-rank"
#: a p-value
P_OF_BEST_TWO = "wilcoxon signed-rank, best two methods"
P_OF_NEIGHBOURS = "wilcoxon signed-rank, against the next"
P_OF_TWO_GROUPS = "wilcoxon rank-sum"
#: behind the number of parts: a figure over all subjects, each tested in its part
FOLD_CROSS_VALIDATION = "-fold cross-validation"
STATISTICS = {
    *("median,sd", "mean,sd", "mean", "value", "maximum", "sum", "pearson"),
    "bias,limits of agreement",
    WITH_P_VALUE,
    DIFFERENCE_WITH_P_VALUE,
    P_OF_BEST_TWO,
    P_OF_NEIGHBOURS,
    P_OF_TWO_GROUPS,
}


#: behind the condition of figures over all cross-validation folds, whose test subjects are every subject once
CROSS_VALIDATED = "cross-validation"


def cross_validated(text: str) -> str:
    """A condition or a heading, said of all folds."""
    return f"{text}, {CROSS_VALIDATED}" if text else CROSS_VALIDATED


@dataclass(frozen=True)
class Figure:
    """A computed figure of a table: centre and spread by `statistic`, over n values.

    missing: how many subjects have no such figure (their structure was not found) and are not among the n. sample:
    what it is computed from, for figures that can be computed again from other draws of the subjects.
    """

    method: str
    condition: str
    structure: str
    metric: str
    unit: str
    statistic: str
    centre: float
    spread: float = math.nan
    n: int = 1
    missing: int = 0
    sample: Sample | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class TableRow:
    """A row of a table's csv: a figure on a cohort, with the printed one beside it."""

    table: str
    cohort: str
    method: str
    condition: str
    structure: str
    metric: str
    unit: str
    centre: str
    spread: str
    statistic: str
    n: int
    missing: int
    published_centre: str
    published_spread: str


@dataclass(frozen=True)
class Column:
    """A column of the printed layout: its heading, the figure it shows and with how many decimals.

    absent: what stands where no subject has the figure, "" for a dash and the number of subjects.
    """

    heading: str
    structure: str
    metric: str
    decimals: int = 3
    scale: float = 1.0
    absent: str = ""


@dataclass(frozen=True)
class Panel:
    """A block of the printed layout: lines are (heading, method, condition)."""

    heading: str
    lines: tuple[tuple[str, str, str], ...]
    columns: tuple[Column, ...]


class TableBase(ABC):
    """A printed table: `figures` computes it for one cohort, `panels` lays it out as the paper does."""

    name: ClassVar[str]
    study: ClassVar[str]
    caption: ClassVar[str]

    @abstractmethod
    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        """All figures from the metrics rows of one cohort's main split, or of all its folds."""

    @abstractmethod
    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        """The paper's layout for the methods that were run."""

    def rows(self, metrics: pd.DataFrame, main_fold: str) -> list[TableRow]:
        """The table's rows for every cohort in the metrics, printed values beside ours; then, where there are other
        folds than the main split, the same over all of these under conditions of their own."""
        return [self._row(cohort, figure) for cohort, figure in self.by_cohort(metrics, main_fold)]

    def by_cohort(self, metrics: pd.DataFrame, main_fold: str) -> Iterator[tuple[str, Figure]]:
        """The figures of those rows, each with its cohort."""
        for cohort, rows in metrics.groupby("cohort", sort=True):
            is_main = rows["fold"] == main_fold
            for figure in self.figures(rows[is_main]):
                yield str(cohort), figure
            if not is_main.all():
                for figure in self.figures(rows[~is_main]):
                    yield str(cohort), replace(figure, condition=cross_validated(figure.condition))

    def _row(self, cohort: str, figure: Figure) -> TableRow:
        printed = printed_figures(self.name).get((figure.method, figure.condition, figure.structure, figure.metric))
        return TableRow(
            table=self.name,
            cohort=cohort,
            method=figure.method,
            condition=figure.condition,
            structure=figure.structure,
            metric=figure.metric,
            unit=figure.unit,
            centre=number_text(figure.centre),
            spread=number_text(figure.spread),
            statistic=figure.statistic,
            n=figure.n,
            missing=figure.missing,
            published_centre=printed.centre if printed else "",
            published_spread=printed.spread if printed else "",
        )


def number_text(value: float) -> str:
    """Ten significant digits, empty for nan: two machines' last bits do not show."""
    return "" if math.isnan(value) else format(value, ".10g")


def sampled(rows: pd.DataFrame, columns: Sequence[str], centre: Callable[[np.ndarray], float]) -> Sample | None:
    """What a figure is computed from: some columns of rows that tell their subjects; None where they do not.

    centre: gives the figure from an array (rows, columns).
    """
    if "subject" not in rows:
        return None
    return Sample(rows["subject"].to_numpy(str), rows[list(columns)].to_numpy(float), centre)


def _centre(kind: str, values: np.ndarray) -> float:
    """The mean, median or maximum of values, nan where there are none; those that are nan are left out."""
    found = values[np.isfinite(values)]
    if not len(found):
        return math.nan
    if kind == "median":
        return float(np.median(found))
    return float(found.max() if kind == "maximum" else found.mean())


def summary(rows: pd.DataFrame, statistic: str, **names: str) -> Figure:
    """The figure of some metrics rows of one metric. names: method, condition, structure, metric, unit.

    The SD has n - 1 in its denominator. Rows without a value are counted as missing.
    """
    values = rows["value"].dropna()
    kind, _, with_spread = statistic.partition(",")
    spread = float(values.std(ddof=1)) if with_spread and len(values) > 1 else math.nan
    centre = partial(_centre, kind)
    return Figure(**names, statistic=statistic, centre=centre(values.to_numpy(float)), spread=spread, n=len(values),
                  missing=len(rows) - len(values), sample=sampled(rows, ["value"], centre))  # fmt: skip


def agreement(
    rows: pd.DataFrame, name: str, unit: str, method: str, condition: str, structure: str
) -> Iterator[Figure]:
    """Bland-Altman bias with the half width of the 95 % limits of agreement, and Pearson's correlation, of some metrics
    rows of one metric against their references: `<name>_bias` and `<name>_correlation`."""
    limits = bland_altman(rows["value"], rows["reference"])
    who = (method, condition, structure)
    half_width = limits.upper - limits.bias
    yield Figure(
        *who, f"{name}_bias", unit, "bias,limits of agreement", limits.bias, half_width, limits.n, limits.dropped,
        sampled(rows, PAIR, lambda pairs: bland_altman(*pairs.T).bias),
    )  # fmt: skip
    yield pearson(rows, (*who, f"{name}_correlation"))


#: columns of a value and of what is true
PAIR = ("value", "reference")


def pearson(rows: pd.DataFrame, names: tuple[str, str, str, str]) -> Figure:
    """Pearson's correlation of some metrics rows with their references. names: method, condition, structure, metric."""
    found = correlation(rows["value"], rows["reference"])
    return Figure(*names, "", "pearson", found.r, n=found.n, missing=found.dropped,
                  sample=sampled(rows, PAIR, lambda pairs: correlation(*pairs.T).r))  # fmt: skip


#: figures about a method that every table can show: metric -> (unit, statistic)
MODEL_METRICS = {
    "trainable_parameters": ("count", "value"),
    "model_size": ("MB", "value"),
    "training_time": ("h", "value"),
    "inference_time": ("s", "mean"),
}


def model_figures(rows: pd.DataFrame, method: str) -> Iterator[Figure]:
    """Parameters, size, training and inference time of a method."""
    for metric, (unit, statistic) in MODEL_METRICS.items():
        chosen = rows[(rows["method"] == method) & (rows["metric"] == metric)]
        if len(chosen):
            yield summary(chosen, statistic, method=method, condition="", structure="", metric=metric, unit=unit)


MODEL_COLUMNS = (
    Column("parameters (M)", "", "trainable_parameters", 2, 1e-6),
    Column("size (MB)", "", "model_size", 1),
    Column("training (h)", "", "training_time", 3),
    Column("one case (s)", "", "inference_time", 3),
)


def model_panel(methods: Sequence[str]) -> Panel:
    """The block of `model_figures`."""
    return Panel("Networks", tuple((method, method, "") for method in methods), MODEL_COLUMNS)
