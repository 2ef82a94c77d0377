"""Slice interpolation, figure 3 as a table: SSIM, PSNR and VIF by method, and by how much the autoencoder leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.metrics.paired import compare
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary

if TYPE_CHECKING:
    import pandas as pd

SYNTHESISED, RECONSTRUCTED = "synthesised", "reconstructed"
METRICS = {"ssim": ("SSIM", "", 3), "psnr": ("PSNR (dB)", "dB", 2), "vif": ("VIF", "", 3)}
REGIONS = ("basal", "mid", "apical")
BASELINES = ("Linear", "B-Spline", "Lanczos")
OFF = ", a quarter slice off"
TEST = "one-sided wilcoxon signed-rank"


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
        yield from leads(aligned, METRICS, BASELINES)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        shown = [method for method in methods if not method.endswith(OFF)]
        columns = tuple(Column(heading, "", metric, decimals) for metric, (heading, _, decimals) in METRICS.items())
        by_region = tuple(
            Column(f"{heading}, {region}", region, metric, decimals)
            for region in REGIONS
            for metric, (heading, _, decimals) in METRICS.items()
        )
        return (
            Panel("Synthesised", tuple((m, m, SYNTHESISED) for m in shown), columns),
            Panel("Reconstructed", tuple((m, m, RECONSTRUCTED) for m in shown), columns),
            Panel("Synthesised, by region", tuple((m, m, SYNTHESISED) for m in shown), by_region),
            lead_panel([method for method in shown if method not in BASELINES], METRICS),
            model_panel(shown),
        )


def _means(rows: pd.DataFrame, method: str) -> Iterator[Figure]:
    for condition in (SYNTHESISED, RECONSTRUCTED):
        chosen = rows[rows["condition"] == condition]
        for structure in ("", *REGIONS) if condition == SYNTHESISED else ("",):
            part = chosen[chosen["structure"] == structure] if structure else chosen
            for metric, (_, unit, _) in METRICS.items():
                names = {"method": method, "condition": condition, "structure": structure}
                if len(part):
                    yield summary(per_patient(part, metric), "mean,sd", **names, metric=metric, unit=unit)


def per_patient(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One value a subject: the mean over its slices."""
    return rows[rows["metric"] == metric].groupby("subject", as_index=False)["value"].mean()


def leads(rows: pd.DataFrame, metrics: dict[str, tuple[str, str, int]], baselines: Sequence[str]) -> Iterator[Figure]:
    """By how much each other method leads each baseline on synthesised slices: `<metric>` has the margin, with the
    p-value in the spread's place, `<metric>_low` and `<metric>_high` the interval of the margin."""
    synthesised = rows[rows["condition"] == SYNTHESISED]
    for method in [m for m in synthesised["method"].unique() if m not in baselines]:
        for baseline in [b for b in baselines if (synthesised["method"] == b).any()]:
            for metric, (_, unit, _) in metrics.items():
                ours, theirs = (
                    per_patient(synthesised[synthesised["method"] == one], metric).set_index("subject")["value"]
                    for one in (method, baseline)
                )
                both = ours.to_frame("ours").join(theirs.rename("theirs"), how="inner")
                found = compare(both["ours"].to_numpy(), both["theirs"].to_numpy())
                names = (str(method), f"vs {baseline.removesuffix(OFF)}", "")
                yield Figure(*names, metric, "", TEST, found.margin, found.p_value, found.n, len(both) - found.n)
                yield Figure(*names, f"{metric}_low", unit, "value", found.low, n=found.n)
                yield Figure(*names, f"{metric}_high", unit, "value", found.high, n=found.n)


def lead_panel(methods: Sequence[str], metrics: dict[str, tuple[str, str, int]]) -> Panel:
    """The block of `leads`."""
    columns = tuple(
        column
        for metric, (heading, _, decimals) in metrics.items()
        for column in (
            Column(f"{heading}: lead, p", "", metric, decimals + 1),
            Column("from", "", f"{metric}_low", decimals + 1),
            Column("to", "", f"{metric}_high", decimals + 1),
        )
    )
    lines = tuple((f"{method} vs {baseline}", method, f"vs {baseline}") for method in methods for baseline in BASELINES)
    return Panel("Leads", lines, columns)
