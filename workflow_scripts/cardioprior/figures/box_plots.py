"""Figures of a study's scores by method, which differ in what they show of which rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from cardioprior.figures.contract import FigureBase, Sources

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

COLUMNS = 3
#: of segmentations: metric -> its heading
SCORES = {
    "mean_surface_distance": "mean distance (mm)",
    "hausdorff_distance": "Hausdorff distance (mm)",
    "dice": "Dice",
}


class BoxPlots(FigureBase):
    """A row of panels a cohort, a panel a quantity, a box a method; a point is a patient, the mean of its values.

    A method is in the panels that it has values for.
    """

    @abstractmethod
    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The rows of each panel by its heading, which names the unit."""

    def draw(self, sources: Sources) -> Picture:
        import seaborn

        from cardioprior.figures.plots import groups, panels

        parts = [
            (heading, cohort, part)
            for (cohort,), of_cohort in groups(sources.metrics, "cohort")
            for heading, part in self.shown(of_cohort).items()
        ]
        picture, grid = panels([f"{heading}\n{cohort}" for heading, cohort, _ in parts], COLUMNS)
        for axes, (heading, _, part) in zip(grid, parts, strict=True):
            found = part.dropna(subset="value")
            if found.empty:
                axes.text(0.5, 0.5, "no value", ha="center", va="center", transform=axes.transAxes)
                continue
            patients = found.groupby(["method", "subject"], as_index=False, sort=False)["value"].mean()
            seaborn.boxplot(patients, x="method", y="value", ax=axes, color="lightgrey", showfliers=False)
            seaborn.stripplot(patients, x="method", y="value", ax=axes, size=3, jitter=False)
            axes.set(xlabel="", ylabel=heading)
            axes.tick_params(axis="x", rotation=60)
        return picture
