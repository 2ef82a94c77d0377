"""Thesis, table 5.1: Dice of both networks at ED and ES, with the networks' sizes and times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary

if TYPE_CHECKING:
    import pandas as pd

PHASES = ("ED", "ES")
OVERLAPS = (
    Column("Whole segmentation", "whole", "dice"),
    Column("LV cavity", "LV", "dice"),
    Column("RV cavity", "RV", "dice"),
    Column("LV myocardium", "MYO", "dice"),
)
DISTANCES = tuple(
    Column(f"{structure} {short} (mm)", structure, metric, 2)
    for structure in ("LV", "RV", "MYO")
    for metric, short in (("mean_surface_distance", "MSD"), ("hausdorff_distance", "HD"))
)


class Table(TableBase):
    """Median and SD over test subjects; the mean Dice and the surface distances, which the thesis does not print."""

    name = "thesis_table_5_1"
    study = "thesis_segmentation"
    caption = (
        "Dice coefficient on the test subjects at ED and ES, networks trained at ED: median ± SD. "
        "Further blocks, not in the thesis: mean ± SD of Dice and of the surface distances on the subject's own grid."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for method, of_method in rows.groupby("method", sort=False):
            scored = of_method[of_method["phase"] != ""]
            for (phase, structure, metric), values in scored.groupby(["phase", "structure", "metric"], sort=False):
                names = {"method": str(method), "condition": phase, "structure": structure}
                if metric == "dice":
                    yield summary(values, "median,sd", **names, metric="dice", unit="")
                    yield summary(values, "mean,sd", **names, metric="mean_dice", unit="")
                elif metric in ("mean_surface_distance", "hausdorff_distance"):
                    yield summary(values, "mean,sd", **names, metric=metric, unit="mm")
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple((f"{method} ({phase})", method, phase) for phase in PHASES for method in methods)
        means = tuple(Column(c.heading, c.structure, "mean_dice") for c in OVERLAPS)
        return (
            Panel("Dice, median ± SD", lines, OVERLAPS),
            Panel("Dice, mean ± SD", lines, means),
            Panel("Surface distances, mean ± SD", lines, DISTANCES),
            model_panel(methods),
        )
