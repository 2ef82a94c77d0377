"""ACNN, table II as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import SCORES, BoxPlots

if TYPE_CHECKING:
    import pandas as pd


class Figure(BoxPlots):
    """ED above, ES below."""

    name = "acnn_table_2"
    study = "acnn_ultrasound"
    caption = "Distances and Dice of the LV's cavity in ultrasound by method at ED and ES; each point is a subject."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        cavity = rows[rows["structure"] == "LV"]
        return {
            f"{phase}, {heading}": cavity[(cavity["phase"] == phase) & (cavity["metric"] == metric)]
            for phase in ("ED", "ES")
            for metric, heading in SCORES.items()
        }
