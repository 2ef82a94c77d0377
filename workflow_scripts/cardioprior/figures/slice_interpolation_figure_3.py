"""Slice interpolation, figure 3: box plots of SSIM, PSNR and VIF by method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import FigureBase, Sources
from cardioprior.inference.slice_method import OFF
from cardioprior.protocols.slice_synthesis import SYNTHESISED

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

METRICS = {"ssim": "SSIM", "psnr": "PSNR (dB)", "vif": "VIF"}


class Figure(FigureBase):
    """A row a cohort, a panel a metric; a point is a patient."""

    name = "slice_interpolation_figure_3"
    study = "slice_interpolation"
    caption = "SSIM, PSNR and VIF of synthesised slices by method; each point is a patient, the mean of its slices."

    def draw(self, sources: Sources) -> Picture:
        import seaborn

        from cardioprior.figures.plots import groups, panels

        rows = sources.metrics
        rows = rows[(rows["condition"] == SYNTHESISED) & ~rows["method"].astype(str).str.endswith(OFF)]
        cohorts = groups(rows, "cohort")
        picture, grid = panels([f"{heading}\n{cohort}" for (cohort,), _ in cohorts for heading in METRICS.values()], 3)
        for number, (_, of_cohort) in enumerate(cohorts):
            for axes, (metric, heading) in zip(grid[3 * number :], METRICS.items(), strict=False):
                of_metric = of_cohort[of_cohort["metric"] == metric]
                patients = of_metric.groupby(["method", "subject"], as_index=False, sort=False)["value"].mean()
                seaborn.boxplot(patients, x="method", y="value", ax=axes, color="lightgrey", showfliers=False)
                seaborn.stripplot(patients, x="method", y="value", ax=axes, size=3, jitter=False)
                axes.set(xlabel="", ylabel=heading)
                axes.tick_params(axis="x", rotation=60)
        return picture
