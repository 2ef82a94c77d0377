"""ACNN on stacks on their own slices: distances and Dice at ED and ES, and what the shape prior changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.acnn_table_1 import METRICS, PRIOR, change
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import mean_difference, paired

if TYPE_CHECKING:
    import pandas as pd

PHASES = ("ED", "ES")
STRUCTURES = ("LV", "MYO", "RV")
COLUMNS = tuple(
    Column(f"{structure} {heading}", structure, metric, decimals)
    for structure in STRUCTURES
    for metric, (heading, _, decimals, _) in METRICS.items()
)


class Table(TableBase):
    """Mean and SD over subjects by phase; nothing of it is printed."""

    name = "acnn_stacks"
    study = "acnn_stacks"
    caption = (
        "Short-axis stacks segmented on their own slices with and without the shape prior, against their labels on the "
        "subject's own grid: mean ± SD. What the prior changes: mean difference of the same subjects, with the p-value "
        "of a two-sided Wilcoxon signed-rank test."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        scored = rows[rows["metric"].isin(list(METRICS)) & rows["structure"].isin(STRUCTURES)]
        for (phase, structure, metric), found in scored.groupby(["phase", "structure", "metric"], sort=False):
            names = {"condition": str(phase), "structure": str(structure), "metric": str(metric)}
            names["unit"] = METRICS[metric][1]
            for method, values in found.groupby("method", sort=False):
                yield summary(values, "mean,sd", **names, method=str(method))
            for method, without in PRIOR.items():
                differences = paired(found, method, without)
                if differences is not None:
                    yield mean_difference(differences, **names, method=change(method))
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        changes = tuple((f"{change(method)}, {phase}", change(method), phase) for method in PRIOR for phase in PHASES)
        return (
            *(Panel(phase, tuple((method, method, phase) for method in methods), COLUMNS) for phase in PHASES),
            Panel("What the prior changes", changes, COLUMNS),
            model_panel(methods),
        )
