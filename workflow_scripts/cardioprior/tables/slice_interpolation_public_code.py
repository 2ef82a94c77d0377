"""Slice interpolation scored as the paper's public code does it: what three slips change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.inference.slice_method import OFF
from cardioprior.protocols.slice_synthesis import SYNTHESISED
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, summary
from cardioprior.tables.leads import lead_panel, leads, per_patient
from cardioprior.tables.slice_interpolation_figure_3 import BASELINES

if TYPE_CHECKING:
    import pandas as pd

SHIFTED = tuple(f"{name}{OFF}" for name in BASELINES)
METRICS = {
    "ssim_public_code": ("SSIM, its way", "", 3),
    "ssim": ("SSIM", "", 3),
    "psnr": ("PSNR (dB)", "dB", 2),
    "vif_public_code": ("VIF, its way", "", 3),
    "vif": ("VIF", "", 3),
}


class Table(TableBase):
    """Synthesised slices alone, every method, aligned or not."""

    name = "slice_interpolation_public_code"
    study = "slice_interpolation"
    caption = (
        "The same slices scored as the paper's public code does: SSIM without a data range, VIF in eight-bit "
        "arithmetic that wraps, interpolations sampled a quarter of a slice off; beside each the right way. Leads are "
        "over the interpolations that are off. This table shows what the slips change, not what the methods are worth."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        made = rows[rows["condition"] == SYNTHESISED]
        for method, of_method in made.groupby("method", sort=False):
            for metric, (_, unit, _) in METRICS.items():
                names = {"method": str(method), "condition": SYNTHESISED, "structure": ""}
                yield summary(per_patient(of_method, metric), "mean,sd", **names, metric=metric, unit=unit)
        yield from leads(made[~made["method"].isin(BASELINES)], METRICS, SHIFTED)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        columns = tuple(Column(heading, "", metric, decimals) for metric, (heading, _, decimals) in METRICS.items())
        learnt = [m for m in methods if m not in (*BASELINES, *SHIFTED)]
        return (
            Panel("Synthesised", tuple((m, m, SYNTHESISED) for m in methods), columns),
            lead_panel(learnt, SHIFTED, METRICS),
        )
