"""Latent optimisation, table 2: EDSR on levels of motion that it was not trained on, beside LO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase
from cardioprior.tables.leads import neighbour_panel, neighbours
from cardioprior.tables.restorations import CONDITIONS, TRAINED_ON, mean_dice, summaries

if TYPE_CHECKING:
    import pandas as pd

OPTIMISED, TRAINED = "LO", "EDSR"


class Table(TableBase):
    """Mean Dice over the three structures, by the level trained on and the level tested on."""

    name = "latent_optimisation_table_2"
    study = "latent_optimisation"
    caption = (
        "Mean Dice over LV, myocardium and RV by the motion that EDSR was trained on (rows) and tested on (columns): "
        "mean ± SD over subjects. LO learns shapes alone and has no level to be trained on. Below, the two-sided "
        "Wilcoxon signed-rank test of each row against the next lower one."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        chosen = rows[(rows["structure"] == "MEAN") & rows["method"].isin([OPTIMISED, *TRAINED_ON])]
        for figure in summaries(chosen, {"dice": ""}):
            level = TRAINED_ON.get(figure.method)
            tested = f"test {figure.condition}"
            condition = f"train {level}, {tested}" if level else tested
            yield replace(figure, method=TRAINED if level else figure.method, condition=condition)
        for tested in CONDITIONS:
            yield from neighbours(mean_dice(chosen[chosen["condition"] == tested]), tested, "dice")

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        levels = [level for title, level in TRAINED_ON.items() if title in methods]
        column = (Column("Dice", "MEAN", "dice"),)

        def lines(tested: str) -> tuple[tuple[str, str, str], ...]:
            trained = tuple((f"EDSR, {level}", TRAINED, f"train {level}, test {tested}") for level in levels)
            return (*trained, *(((OPTIMISED, OPTIMISED, f"test {tested}"),) if OPTIMISED in methods else ()))

        compared = [method for method in methods if method in (OPTIMISED, *TRAINED_ON)]
        return (
            *(Panel(f"tested on {tested}", lines(tested), column) for tested in CONDITIONS),
            neighbour_panel(compared, CONDITIONS, "dice"),
        )
