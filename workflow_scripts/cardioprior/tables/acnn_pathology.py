"""ACNN, section III-F: how often codes of shapes tell healthy hearts, DCM and HCM apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cardioprior.metrics.paired import signed_rank_p
from cardioprior.protocols.diagnosis import CORRECT, PART, PROBABILITY, SHAPE
from cardioprior.tables.contract import FOLD_CROSS_VALIDATION, Column, Figure, Panel, TableBase, summary

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = ("ED", "ED+ES")
#: rows compared on the same subjects, and the statistic of that
RIVALS = (("T-L", "PCA"), ("T-L, other cohort", "PCA, other cohort"))
P_VALUE = "wilcoxon signed-rank"
FIRST_DRAW = "0"


class Table(TableBase):
    """The first draw of the folds as the paper's single figure, then all draws, and the first draw's confusions."""

    name = "acnn_pathology"
    study = "acnn_pathology"
    caption = (
        "Share of subjects whose group an ensemble of decision trees names, from 64-d codes of label maps of LV and "
        "myocardium at ED, or at ED and ES; stratified folds, the same for all rows. Single: one draw of the folds; "
        "over draws: mean ± SD over folds drawn anew. T-L and PCA learnt from the shapes at ED and ES of each fold's "
        "training subjects, T-L being the autoencoder alone; 'other cohort': both learnt from the shapes of phantoms "
        "that no study tests. p: two-sided Wilcoxon signed-rank test of T-L against PCA over subjects, each with its "
        "share of draws in which it was named right."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for condition in CONDITIONS:
            of_phase = rows[rows["phase"] == condition]
            for method, of_method in of_phase.groupby("method", sort=False):
                tested = rows[(rows["method"] == method) & (rows["metric"] == PART) & (rows["draw"] == FIRST_DRAW)]
                yield from accuracies(of_method, str(method), condition, tested["value"].nunique())
                yield from _confusions(of_method, str(method), condition)
            for pair in RIVALS:
                yield from _comparison(of_phase, *pair, condition)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple((f"{method} ({c})", method, c) for c in CONDITIONS for method in methods)
        accuracies = (
            Column("single", SHAPE, "accuracy"),
            Column("over draws", SHAPE, "accuracy_over_draws"),
            Column("lowest", SHAPE, "lowest_accuracy"),
            Column("against PCA, p", SHAPE, "against_pca"),
        )
        groups = ("NOR", "DCM", "HCM")
        confusions = tuple(
            Column(f"{true} as {named}", SHAPE, f"{true}_as_{named}", 0) for true in groups for named in groups
        )
        return (Panel("Accuracy", lines, accuracies), Panel("Subjects, single draw", lines, confusions))


def accuracies(rows: pd.DataFrame, method: str, condition: str, parts: int, structure: str = SHAPE) -> Iterator[Figure]:
    """Of the rows of one method and condition: accuracy in the first draw, over all draws, and in the worst."""
    correct = rows[rows["metric"] == CORRECT]
    names = (method, condition, structure)
    by_draw = correct.groupby("draw", as_index=False)["value"].mean()
    single = correct[correct["draw"] == FIRST_DRAW]
    statistic = f"{parts}{FOLD_CROSS_VALIDATION}"
    yield replace(
        summary(single, "mean", method=method, condition=condition, structure=structure, metric="accuracy", unit=""),
        statistic=statistic,
    )
    keys = {"method": method, "condition": condition, "structure": structure, "unit": ""}
    yield summary(by_draw, "mean,sd", metric="accuracy_over_draws", **keys)
    yield Figure(*names, "lowest_accuracy", "", "minimum", float(by_draw["value"].min()), n=len(by_draw))


def _confusions(rows: pd.DataFrame, method: str, condition: str) -> Iterator[Figure]:
    counts = confusion(rows[rows["draw"] == FIRST_DRAW])
    for true, of_group in counts.iterrows():
        for named, count in of_group.items():
            yield Figure(
                method, condition, SHAPE, f"{true}_as_{named}", "count", "sum", float(count), n=int(of_group.sum())
            )


def confusion(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of one method and phase, how many subjects of a group (row) were named to be of a group (column),
    over all draws."""
    import pandas as pd

    of_group = rows[rows["metric"].str.startswith(f"{PROBABILITY}_")]
    wide = of_group.pivot(index=["group", "subject", "draw"], columns="metric", values="value")
    wide.columns = wide.columns.str.removeprefix(f"{PROBABILITY}_")
    named = wide.idxmax(axis=1)
    return pd.crosstab(named.index.get_level_values("group"), named.to_numpy()).reindex(
        index=list(wide.columns), columns=list(wide.columns), fill_value=0
    )


def _comparison(rows: pd.DataFrame, method: str, baseline: str, condition: str) -> Iterator[Figure]:
    correct = rows[rows["metric"] == CORRECT]
    shares = correct.groupby(["method", "subject"])["value"].mean().unstack("method")
    if {method, baseline} <= set(shares.columns):
        both = shares[[method, baseline]].dropna()
        p_value = signed_rank_p(both[method].to_numpy(), both[baseline].to_numpy())
        missing = len(shares) - len(both)
        yield Figure(method, condition, SHAPE, "against_pca", "", P_VALUE, p_value, n=len(both), missing=missing)
