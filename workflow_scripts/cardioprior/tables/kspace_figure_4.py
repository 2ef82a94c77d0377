"""k-space paper, figure 4 as figures: do codes cluster by subject or by the number of lines?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.protocols.kspace import ALL_LINES
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, summary

if TYPE_CHECKING:
    import pandas as pd

METRICS = {"silhouette_by_subject": "by subject", "silhouette_by_lines": "by lines"}


class Table(TableBase):
    """Mean silhouettes; the paper shows pictures alone."""

    name = "kspace_figure_4"
    study = "kspace"
    caption = (
        "Silhouettes of codes of undersampled cines, the middle slice of up to twenty subjects under repeated masks, "
        "by the subject that they are of and by the number of lines: near 1 where such clusters are tight and apart, 0 "
        "or less where they are not; mean ± SD over subjects. LI-net's code; of Syn-net the features before its first "
        "upsampling, averaged over time and neighbouring places. The paper shows pictures of five subjects alone."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for (method, metric), values in rows.groupby(["method", "metric"], sort=False):
            if metric in METRICS:
                names = {"method": str(method), "condition": ALL_LINES, "structure": "", "metric": str(metric)}
                yield summary(values, "mean,sd", **names, unit="")

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        columns = tuple(Column(heading, "", metric, 2) for metric, heading in METRICS.items())
        return (Panel("Silhouette", tuple((method, method, ALL_LINES) for method in methods), columns),)
