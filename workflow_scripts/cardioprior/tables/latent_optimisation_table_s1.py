"""Latent optimisation, table S1: Dice of restored label maps by degradation, and whether they are hearts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel
from cardioprior.tables.leads import neighbour_panel, neighbours
from cardioprior.tables.restorations import (
    CONDITIONS,
    MOTION,
    PLAUSIBILITY,
    by_own_level,
    dice_columns,
    mean_dice,
    summaries,
    titles_by_own_level,
)

if TYPE_CHECKING:
    import pandas as pd


class Table(TableBase):
    """Mean and SD over subjects; p-values between methods that follow one another by mean Dice."""

    name = "latent_optimisation_table_s1"
    study = "latent_optimisation"
    caption = (
        "Label maps restored from simulated thick stacks at ED, against the high-resolution ones: Dice, mean ± SD. "
        "Further blocks: the Dice that the public code prints (the best over shifts of the whole image), distance and "
        "topology (pieces beyond the first, enclosed holes, faces that LV and RV share), recovered displacements, the "
        "two-sided Wilcoxon signed-rank test of each method's mean Dice against the next lower one's."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        shown = by_own_level(rows)
        units = {metric: unit for metric, (_, unit, _) in {**PLAUSIBILITY, **MOTION}.items()}
        yield from summaries(shown, {"dice": "", "dice_best_shift": "", "contacts": "faces", **units})
        for condition in CONDITIONS:
            yield from neighbours(mean_dice(shown[shown["condition"] == condition]), condition, "dice")
        for method, of_method in shown.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        chosen = titles_by_own_level(methods)

        def lines(condition: str) -> tuple[tuple[str, str, str], ...]:
            return tuple((method, method, condition) for method in chosen)

        def plausible(structure: str) -> tuple[Column, ...]:
            return tuple(
                Column(f"{structure} {heading}", structure, metric, decimals)
                for metric, (heading, _, decimals) in PLAUSIBILITY.items()
            )

        motion = tuple(Column(heading, "", metric, decimals) for metric, (heading, _, decimals) in MOTION.items())
        hearts = (*plausible("LV"), *plausible("MYO"), *plausible("RV"), Column("LV-RV faces", "LV-RV", "contacts", 1))
        return (
            *(Panel(condition, lines(condition), dice_columns()) for condition in CONDITIONS),
            *(Panel(f"{c}, best shift", lines(c), dice_columns(metric="dice_best_shift")) for c in CONDITIONS),
            *(Panel(f"{c}, plausibility", lines(c), hearts) for c in CONDITIONS),
            *(Panel(f"{c}, displacements", lines(c), motion) for c in CONDITIONS),
            neighbour_panel(chosen, CONDITIONS, "dice"),
            model_panel(chosen),
        )  # fmt: skip
