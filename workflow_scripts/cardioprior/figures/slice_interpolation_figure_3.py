"""Slice interpolation, figure 3: box plots of SSIM, PSNR and VIF by method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.box_plots import BoxPlots
from cardioprior.inference.slice_method import OFF
from cardioprior.protocols.slice_synthesis import SYNTHESISED

if TYPE_CHECKING:
    import pandas as pd

METRICS = {"ssim": "SSIM", "psnr": "PSNR (dB)", "vif": "VIF"}


class Figure(BoxPlots):
    """Methods sampled off the slices are not here."""

    name = "slice_interpolation_figure_3"
    study = "slice_interpolation"
    caption = "SSIM, PSNR and VIF of synthesised slices by method; each point is a patient, the mean of its slices."

    def shown(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        made = rows[(rows["condition"] == SYNTHESISED) & ~rows["method"].astype(str).str.endswith(OFF)]
        return {heading: made[made["metric"] == metric] for metric, heading in METRICS.items()}
