"""Latent optimisation, table S1 as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import BoxPlots
from cardioprior.tables.restorations import by_own_level

if TYPE_CHECKING:
    import pandas as pd


class Figure(BoxPlots):
    """Mean Dice of the three structures, a panel a level of motion."""

    name = "latent_optimisation_table_s1"
    study = "latent_optimisation"
    caption = "Mean Dice over LV, myocardium and RV by method and level of motion; each point is a subject."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        dice = by_own_level(rows[(rows["metric"] == "dice") & (rows["structure"] == "MEAN")])
        return {f"Dice, {condition}": part for condition, part in dice.groupby("condition", sort=False)}
