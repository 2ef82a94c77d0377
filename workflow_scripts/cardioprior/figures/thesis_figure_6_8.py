"""Thesis, figure 6.8: regressed LV volumes against the true ones; a Bland-Altman plot of the same beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import FigureBase, Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


class Figure(FigureBase):
    """A row a cohort, a method and a phase: scatter with the regression line, and differences over means."""

    name = "thesis_figure_6_8"
    study = "thesis_volume"
    caption = (
        "LV volumes of the test subjects: predicted against true ones with the regression line, and their differences "
        "with bias and 95 % limits of agreement; ED, and ES, which was never trained on."
    )

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import difference_over_mean, groups, panels, scatter

        rows = sources.metrics
        shown = groups(rows[rows["metric"] == "volume"], "cohort", "method", "phase")
        titles = [f"{method}, {phase}\n{cohort}" for (cohort, method, phase), _ in shown for _ in range(2)]
        picture, grid = panels(titles, 2)
        for number, (_, values) in enumerate(shown):
            pair = values["value"], values["reference"]
            scatter(grid[2 * number], *pair, "LV volume", "ml")
            difference_over_mean(grid[2 * number + 1], *pair, "LV volume", "ml")
        return picture
