"""Latent optimisation, table 3: restored stacks against the four-chamber view, and against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import neighbour_panel, neighbours
from cardioprior.tables.restorations import STRUCTURES, dice_columns, mean_dice

if TYPE_CHECKING:
    import pandas as pd

#: metric -> what its Dice is against, as a condition; the first is the paper's
AGAINST = {
    "dice_plane": "4-chamber view",
    "dice_plane_drawn": "4-chamber view, drawn labels",
    "dice": "high-resolution truth",
}
#: the same of the segmentations that all methods start from
SEGMENTED = {
    "dice_plane_segmentation": "segmentation of the 4-chamber view",
    "dice_stack_segmentation": "segmentation of the short axis",
}
PRINTED = AGAINST["dice_plane"]
#: metric -> heading, unit, decimals
MOTION = {
    "displacement_error": ("displacement error (mm)", "mm", 2),
    "displacement": ("displacement itself (mm)", "mm", 2),
    "displacement_error_centred": ("error, mean taken off (mm)", "mm", 2),
    "displacement_centred": ("itself, mean taken off (mm)", "mm", 2),
    "iterations": ("iterations", "count", 0),
}
DICE = "dice"


class Table(TableBase):
    """Mean and SD over subjects; p-values between methods that follow one another by mean Dice."""

    name = "latent_optimisation_table_3"
    study = "latent_optimisation_multiview"
    caption = (
        "Short-axis stacks as acquired, segmented, restored and cut along the 4-chamber plane, against that plane's "
        "segmentation: Dice, mean ± SD. LO-multi-view is scored on the very view that it optimises, as in the paper; "
        "further blocks have what no method sees, the labels drawn on that view and the high-resolution truth, the "
        "displacements of slices that were recovered, beside those that there are, and how well both views were "
        "segmented, the same for all methods. p-values: two-sided Wilcoxon signed-rank test of each method's mean Dice "
        "against the next lower one's. Networks count those that segment."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        units = {metric: unit for metric, (_, unit, _) in MOTION.items()}
        conditions = {**AGAINST, **SEGMENTED}
        for (method, structure, metric), values in rows.groupby(["method", "structure", "metric"], sort=False):
            names = {"method": str(method), "structure": str(structure)}
            if metric in conditions:
                yield summary(values, "mean,sd", **names, condition=conditions[str(metric)], metric=DICE, unit="")
            elif metric in units:
                yield summary(values, "mean,sd", **names, condition="", metric=str(metric), unit=units[str(metric)])
        for metric, against in AGAINST.items():
            yield from neighbours(mean_dice(rows, metric), against, DICE)
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        def dices(against: str, shown: Sequence[str]) -> Panel:
            structures = STRUCTURES[:-1] if against == PRINTED else STRUCTURES
            return Panel(against, tuple((method, method, against) for method in shown), dice_columns(structures))

        motion = tuple(Column(heading, "", metric, decimals) for metric, (heading, _, decimals) in MOTION.items())
        return (
            *(dices(against, methods) for against in AGAINST.values()),
            *(dices(segmented, methods[:1]) for segmented in SEGMENTED.values()),
            Panel("displacements", tuple((method, method, "") for method in methods), motion),
            neighbour_panel(methods, tuple(AGAINST.values()), DICE),
            model_panel(methods),
        )
