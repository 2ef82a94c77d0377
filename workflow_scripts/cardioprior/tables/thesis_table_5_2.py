"""Thesis, table 5.2: relative volume errors of both networks at ED and ES."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, summary

if TYPE_CHECKING:
    import pandas as pd

METRIC = "relative_volume_error"


class Table(TableBase):
    """Median and SD of the absolute relative error, as a fraction of the true volume."""

    name = "thesis_table_5_2"
    study = "thesis_segmentation"
    caption = "Absolute relative error of volumes at ED and ES (fraction of the manual volume): median ± SD."

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        chosen = rows[rows["metric"] == METRIC]
        for (method, phase, structure), values in chosen.groupby(["method", "phase", "structure"], sort=False):
            names = {"method": method, "condition": phase, "structure": structure}
            yield summary(values, "median,sd", **names, metric=METRIC, unit="")

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple((f"{method} ({phase})", method, phase) for phase in ("ED", "ES") for method in methods)
        headings = (("LV cavity", "LV"), ("RV cavity", "RV"), ("LV myocardium", "MYO"))
        columns = tuple(Column(heading, structure, METRIC) for heading, structure in headings)
        return (Panel("Relative volume error, median ± SD", lines, columns),)
