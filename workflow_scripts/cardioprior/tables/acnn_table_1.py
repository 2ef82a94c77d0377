"""ACNN, table I: distances and Dice of segmentations on the grid of thin slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import P_VALUE, best_two

if TYPE_CHECKING:
    import pandas as pd

#: test condition -> condition in the table
CONDITIONS = {"as-acquired": "ED", "slices-moved": "ED, slices moved"}
#: metric -> heading, unit, decimals, whether more is better
METRICS = {
    "mean_surface_distance": ("mean dist. (mm)", "mm", 2, False),
    "hausdorff_distance": ("HD (mm)", "mm", 2, False),
    "dice": ("Dice", "", 3, True),
}
STRUCTURES = ("LV", "MYO")
WHOLE = "LV+MYO"


class Table(TableBase):
    """Mean and SD over subjects, and the p-value of the best two of every column."""

    name = "acnn_table_1"
    study = "acnn_segmentation"
    caption = (
        "Thick stacks segmented on the grid of thin slices at ED, against labels of high-resolution images: mean ± SD. "
        "p-value: two-sided Wilcoxon signed-rank test between the two best means of a column. Further blocks: the same "
        "stacks with every slice moved in plane on its own, and the Dice of LV and myocardium as one."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for test, condition in CONDITIONS.items():
            chosen = rows[rows["condition"] == test]
            for (method, structure, metric), values in chosen.groupby(["method", "structure", "metric"], sort=False):
                names = {"method": str(method), "condition": condition, "structure": str(structure)}
                if metric in METRICS:
                    statistic = "mean" if structure == WHOLE else "mean,sd"
                    yield summary(values, statistic, **names, metric=str(metric), unit=METRICS[metric][1])
            for structure in STRUCTURES:
                of_structure = chosen[chosen["structure"] == structure]
                for metric, (_, _, _, more_is_better) in METRICS.items():
                    values = of_structure[of_structure["metric"] == metric]
                    yield from best_two(values, more_is_better, condition, structure, metric)
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        columns = tuple(
            Column(f"{structure} {heading}", structure, metric, decimals)
            for structure in STRUCTURES
            for metric, (heading, _, decimals, _) in METRICS.items()
        )
        blocks = tuple(
            Panel(condition, tuple((method, method, condition) for method in (*methods, P_VALUE)), columns)
            for condition in CONDITIONS.values()
        )
        whole = tuple((method, method, CONDITIONS["as-acquired"]) for method in methods)
        return (*blocks, Panel("As one", whole, (Column("Dice", WHOLE, "dice"),)), model_panel(methods))
