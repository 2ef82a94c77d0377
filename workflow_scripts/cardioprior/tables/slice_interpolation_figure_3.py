"""Slice interpolation, figure 3 as a table: SSIM, PSNR and VIF by method, and by how much the autoencoder leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.imaging.regions import OF_HEART
from cardioprior.inference.slice_method import OFF
from cardioprior.protocols.slice_synthesis import RECONSTRUCTED, SYNTHESISED
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import lead_panel, leads, per_patient

if TYPE_CHECKING:
    import pandas as pd

METRICS = {"ssim": ("SSIM", "", 3), "psnr": ("PSNR (dB)", "dB", 2), "vif": ("VIF", "", 3)}
BASELINES = ("Linear", "B-Spline", "Lanczos")


class Table(TableBase):
    """A patient counts once: the mean over its slices, of both phases. Methods sampled off the slices are not here."""

    name = "slice_interpolation_figure_3"
    study = "slice_interpolation"
    caption = (
        "Slices that were left out and made from their neighbours, against the true ones: mean ± SD over patients, "
        "each the mean of its slices; then kept slices as the autoencoders reconstruct them, and made slices by "
        "region. Leads: mean difference from an interpolation over the same patients, its 95 % bootstrap interval, and "
        "p of a one-sided Wilcoxon signed-rank test. The paper prints box plots, and that its autoencoder leads in "
        "SSIM and PSNR."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        aligned = rows[~rows["method"].str.endswith(OFF)]
        for method, of_method in aligned.groupby("method", sort=False):
            yield from _means(of_method, str(method))
            yield from model_figures(of_method, str(method))
        yield from leads(aligned[aligned["condition"] == SYNTHESISED], METRICS, BASELINES)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        shown = [method for method in methods if not method.endswith(OFF)]
        columns = tuple(Column(heading, "", metric, decimals) for metric, (heading, _, decimals) in METRICS.items())
        by_region = tuple(
            Column(f"{heading}, {region}", region, metric, decimals)
            for region in OF_HEART
            for metric, (heading, _, decimals) in METRICS.items()
        )
        return (
            Panel("Synthesised", tuple((m, m, SYNTHESISED) for m in shown), columns),
            Panel("Reconstructed", tuple((m, m, RECONSTRUCTED) for m in shown), columns),
            Panel("Synthesised, by region", tuple((m, m, SYNTHESISED) for m in shown), by_region),
            lead_panel([method for method in shown if method not in BASELINES], BASELINES, METRICS),
            model_panel(shown),
        )


def _means(rows: pd.DataFrame, method: str) -> Iterator[Figure]:
    for condition in (SYNTHESISED, RECONSTRUCTED):
        chosen = rows[rows["condition"] == condition]
        for structure in ("", *OF_HEART) if condition == SYNTHESISED else ("",):
            part = chosen[chosen["structure"] == structure] if structure else chosen
            for metric, (_, unit, _) in METRICS.items():
                names = {"method": method, "condition": condition, "structure": structure}
                if len(part):
                    yield summary(per_patient(part, metric), "mean,sd", **names, metric=metric, unit=unit)
