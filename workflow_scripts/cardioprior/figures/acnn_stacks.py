"""ACNN on stacks on their own slices, as box plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import SCORES, BoxPlots

SHOWN = ("dice", "hausdorff_distance")

if TYPE_CHECKING:
    import pandas as pd


class Figure(BoxPlots):
    """A row a score and phase, a column a structure."""

    name = "acnn_stacks"
    study = "acnn_stacks"
    caption = "Dice and Hausdorff distances by method at ED and ES, on the subject's own grid; each point is a subject."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        return {
            f"{structure} at {phase}, {SCORES[metric]}": rows[
                (rows["structure"] == structure) & (rows["phase"] == phase) & (rows["metric"] == metric)
            ]
            for metric in SHOWN
            for phase in ("ED", "ES")
            for structure in ("LV", "MYO", "RV")
        }
