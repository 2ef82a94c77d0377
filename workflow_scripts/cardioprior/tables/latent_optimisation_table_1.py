"""Latent optimisation, table 1: Dice under severe motion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Figure, Panel, TableBase
from cardioprior.tables.restorations import by_own_level, dice_columns, summaries, titles_by_own_level

if TYPE_CHECKING:
    import pandas as pd

SEVERE = "severe-motion"
STRUCTURES = ("LV", "MYO", "RV")


class Table(TableBase):
    """The severe part of table S1, as the paper prints it."""

    name = "latent_optimisation_table_1"
    study = "latent_optimisation"
    caption = "Label maps restored from simulated thick stacks whose slices moved severely: Dice, mean ± SD."

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        severe = rows[(rows["condition"] == SEVERE) & rows["structure"].isin(STRUCTURES)]
        yield from summaries(by_own_level(severe), {"dice": ""})

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple((method, method, SEVERE) for method in titles_by_own_level(methods))
        return (Panel(SEVERE, lines, dice_columns(STRUCTURES)),)
