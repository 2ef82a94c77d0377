"""ACNN, table I: distances and Dice of segmentations on the grid of thin slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import P_VALUE, best_two, mean_difference, paired

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
#: methods with the shape prior -> the same network, trained in the same way, without it
PRIOR = {"ACNN-Seg": "3D-Seg", "ACNN-Seg-MAug": "3D-Seg-MAug"}
#: condition of what the prior changes where slices moved, less what it changes as acquired, subject by subject
UNDER_MOTION = "ED, moved less as acquired"


class Table(TableBase):
    """Mean and SD over subjects, and the p-value of the best two of every column."""

    name = "acnn_table_1"
    study = "acnn_segmentation"
    caption = (
        "Thick stacks segmented on the grid of thin slices at ED, against labels of high-resolution images: mean ± SD. "
        "p-value: two-sided Wilcoxon signed-rank test between the two best means of a column. Further blocks: the same "
        "stacks with every slice moved in plane on its own; what the shape prior changes in each (mean difference of "
        "the same subjects, p of the same test) and how much more where slices moved; the Dice of LV and myocardium "
        "as one."
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
        for structure in STRUCTURES:
            for metric in METRICS:
                yield from _of_prior(rows[(rows["structure"] == structure) & (rows["metric"] == metric)])
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
        prior = tuple(
            (f"{change(method)}, {condition}", change(method), condition)
            for method in PRIOR
            for condition in (*CONDITIONS.values(), UNDER_MOTION)
        )
        return (
            *blocks,
            Panel("What the prior changes", prior, columns),
            Panel("As one", whole, (Column("Dice", WHOLE, "dice"),)),
            model_panel(methods),
        )


def change(method: str) -> str:
    """What stands in a method's place where it is compared with the same without the prior."""
    return f"{method} less {PRIOR[method]}"


def _of_prior(rows: pd.DataFrame) -> Iterator[Figure]:
    """What the prior changes under each condition, and under motion beyond that; rows of one structure and metric."""
    if rows.empty:
        return
    structure, metric = str(rows["structure"].iloc[0]), str(rows["metric"].iloc[0])
    for method, without in PRIOR.items():
        names = {"method": change(method), "structure": structure, "metric": metric, "unit": METRICS[metric][1]}
        found = {test: paired(rows[rows["condition"] == test], method, without) for test in CONDITIONS}
        for test, differences in found.items():
            if differences is not None:
                yield mean_difference(differences, **names, condition=CONDITIONS[test])
        acquired, moved = (found[test] for test in CONDITIONS)
        if acquired is not None and moved is not None:
            yield mean_difference(moved - acquired, **names, condition=UNDER_MOTION)
