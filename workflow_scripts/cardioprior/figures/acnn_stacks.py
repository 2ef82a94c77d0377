"""ACNN on stacks on their own slices, as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import SCORES, BoxPlots

if TYPE_CHECKING:
    import pandas as pd


class Figure(BoxPlots):
    """A row a structure and phase."""

    name = "acnn_stacks"
    study = "acnn_stacks"
    caption = "Distances and Dice by method at ED and ES, on the subject's own grid; each point is a subject."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {
            f"{structure} at {phase}, {heading}": rows[
                (rows["structure"] == structure) & (rows["phase"] == phase) & (rows["metric"] == metric)
            ]
            for structure in ("LV", "MYO", "RV")
            for phase in ("ED", "ES")
            for metric, heading in SCORES.items()
        }
