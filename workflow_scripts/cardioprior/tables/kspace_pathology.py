"""Diagnosis from LI-net's codes: accuracy against the number of lines of k-space a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.protocols.diagnosis import PART
from cardioprior.tables.acnn_pathology import FIRST_DRAW, accuracies
from cardioprior.tables.contract import Column, Figure, Panel, TableBase
from cardioprior.tables.lines import CONDITIONS

if TYPE_CHECKING:
    import pandas as pd


class Table(TableBase):
    """The first draw of the folds, then all draws."""

    name = "kspace_pathology"
    study = "kspace_pathology"
    caption = (
        "Share of subjects whose group an ensemble of decision trees names from LI-net's codes of undersampled cines, "
        "by lines a frame: mean and SD of the codes over a subject's slices; all masks of a subject in one fold, its "
        "probabilities averaged over them. Single: one draw of the stratified folds; over draws: mean ± SD over folds "
        "drawn anew. LI-net learnt from another cohort. The paper names this as future work and has no figure."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        first = rows[(rows["metric"] == PART) & (rows["draw"] == FIRST_DRAW)]
        for (method, condition), values in rows[rows["metric"] != PART].groupby(["method", "condition"], sort=False):
            parts = first[first["method"] == method]["value"].nunique()
            yield from accuracies(values, str(method), str(condition), parts, "")

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        columns = (
            Column("single", "", "accuracy"),
            Column("over draws", "", "accuracy_over_draws"),
            Column("lowest", "", "lowest_accuracy"),
        )
        return tuple(Panel(m, tuple((condition, m, condition) for condition in CONDITIONS), columns) for m in methods)
