"""ACNN, table II: the LV's cavity in 3D ultrasound at ED and ES, and its ejection fraction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.acnn_table_1 import METRICS
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, agreement, model_figures, model_panel, summary
from cardioprior.tables.leads import P_VALUE, best_two

if TYPE_CHECKING:
    import pandas as pd

STRUCTURE = "LV"
PHASES = {"ED": "End diastole", "ES": "End systole"}
#: of the p-values, over both phases
BOTH = "ED+ES"
#: (metric, phase) of the rows -> name and unit in the table
MEASURES = {
    ("ejection_fraction", ""): ("ef", "percentage points"),
    ("volume", "ED"): ("edv", "ml"),
    ("volume", "ES"): ("esv", "ml"),
}
COLUMNS = tuple(Column(heading, STRUCTURE, metric, decimals) for metric, (heading, _, decimals, _) in METRICS.items())
FUNCTION = (
    Column("EF, r", STRUCTURE, "ef_correlation"),
    Column("EF, bias ± limits (points)", STRUCTURE, "ef_bias", 2),
    Column("EDV, bias ± limits (ml)", STRUCTURE, "edv_bias", 1),
    Column("ESV, bias ± limits (ml)", STRUCTURE, "esv_bias", 1),
)


class Table(TableBase):
    """Mean and SD over subjects by phase, agreement of EF with that of the labels, and the p-value of the best two."""

    name = "acnn_table_2"
    study = "acnn_ultrasound"
    caption = (
        "LV cavity in three-dimensional ultrasound against its labels, on the subject's own grid: mean ± SD. EF and "
        "volumes: Pearson's r, and bias ± 1.96 SD of the differences (95 % limits of agreement); EF in percentage "
        "points, where the paper prints ml. p-value: two-sided Wilcoxon signed-rank test between the two best means of "
        "a column, ED and ES of all subjects together."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        of_cavity = rows[rows["structure"] == STRUCTURE]
        for phase in PHASES:
            chosen = of_cavity[of_cavity["phase"] == phase]
            for (method, metric), values in chosen.groupby(["method", "metric"], sort=False):
                if metric in METRICS:
                    names = {"method": str(method), "condition": phase, "structure": STRUCTURE, "metric": str(metric)}
                    yield summary(values, "mean,sd", **names, unit=METRICS[metric][1])
        for metric, (_, _, _, more_is_better) in METRICS.items():
            values = of_cavity[(of_cavity["metric"] == metric) & of_cavity["phase"].isin(list(PHASES))]
            yield from best_two(values, more_is_better, condition=BOTH, structure=STRUCTURE, metric=metric)
        for method, of_method in of_cavity.groupby("method", sort=False):
            for (metric, phase), values in of_method.groupby(["metric", "phase"], sort=False):
                if (metric, phase) in MEASURES:
                    name, unit = MEASURES[metric, phase]
                    yield from agreement(values, name, unit, method=str(method), condition="", structure=STRUCTURE)
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        blocks = tuple(
            Panel(heading, tuple((method, method, phase) for method in methods), COLUMNS)
            for phase, heading in PHASES.items()
        )
        return (
            *blocks,
            Panel("Best two, both phases", ((P_VALUE, P_VALUE, BOTH),), COLUMNS),
            Panel("Ejection fraction and volumes", tuple((method, method, "") for method in methods), FUNCTION),
            model_panel(methods),
        )
