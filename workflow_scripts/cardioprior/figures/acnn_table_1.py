"""ACNN, table I as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import SCORES, BoxPlots

if TYPE_CHECKING:
    import pandas as pd

CONDITION = "as-acquired"


class Figure(BoxPlots):
    """Stacks as acquired; LV above, myocardium below."""

    name = "acnn_table_1"
    study = "acnn_segmentation"
    caption = "Distances and Dice by method on stacks as acquired, on the grid of thin slices; each point is a subject."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        acquired = rows[rows["condition"] == CONDITION]
        return {
            f"{structure}, {heading}": acquired[(acquired["structure"] == structure) & (acquired["metric"] == metric)]
            for structure in ("LV", "MYO")
            for metric, heading in SCORES.items()
        }
