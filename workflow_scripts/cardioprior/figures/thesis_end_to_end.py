"""Thesis, chapters 5 to 7 coupled: Bland-Altman plots of LV ejection fraction. Not in the thesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

STRUCTURE = "LV"


class Figure(FigureBase):
    """A row a cohort and a method: EF at the annotated and at the detected frames."""

    name = "thesis_end_to_end"
    study = "thesis_end_to_end"
    caption = (
        "LV ejection fraction of the test subjects against that of the labels: differences over means with bias and "
        "95 % limits of agreement, at the annotated and at the detected frames."
    )

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import difference_over_mean, groups, panels

        rows = sources.metrics
        fractions = rows[(rows["metric"] == "ejection_fraction") & (rows["structure"] == STRUCTURE)]
        shown = sorted(groups(fractions, "cohort", "method", "condition"), key=lambda one: one[0])
        picture, grid = panels([f"{method}\n{c} frames, {cohort}" for (cohort, method, c), _ in shown], 2)
        for axes, (_, values) in zip(grid, shown, strict=True):
            difference_over_mean(axes, values["value"], values["reference"], "EF", "points")
        return picture
