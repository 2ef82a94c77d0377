"""ACNN, table III: SSIM, opinion scores and times of super-resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.metrics.opinion import RATERS, UNIT, metric_of
from cardioprior.tables.contract import Column, Figure, Panel, TableBase, model_figures, model_panel, summary
from cardioprior.tables.leads import P_VALUE, best_two

if TYPE_CHECKING:
    import pandas as pd

#: test condition -> condition in the table
CONDITIONS = {"as-acquired": "", "slices-moved": "slices moved"}
#: metric -> heading, unit, decimals
SIMILARITY = {"ssim": ("SSIM", "", 3), "ssim_matched": ("SSIM, intensities matched", "", 3)}
OPINION = {metric_of(rater): (f"MOS, {rater}", UNIT, 2) for rater in RATERS}
METRICS = {**SIMILARITY, **OPINION}


class Table(TableBase):
    """Mean and SD over subjects, and the p-value of the best two of every column."""

    name = "acnn_table_3"
    study = "acnn_superresolution"
    caption = (
        "Thick stacks brought to the grid of thin slices at ED, against high-resolution images: mean ± SD. SSIM of "
        "images each normalised from its smallest to its largest value, then after the linear map that brings a made "
        "image nearest to the true one. MOS: opinion scores of two raters, 1 (very poor) to 5 (excellent), once their "
        "sheets are filled. p-value: two-sided Wilcoxon signed-rank test between the two best means of a column. "
        "Further blocks: the same stacks with every slice moved in plane on its own, and the networks; a case's time "
        "is the median of three runs after a warm-up."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for test, condition in CONDITIONS.items():
            for metric, (_, unit, _) in METRICS.items():
                chosen = rows[(rows["condition"] == test) & (rows["metric"] == metric)]
                for method, values in chosen.groupby("method", sort=False):
                    names = {"method": str(method), "condition": condition, "structure": ""}
                    yield summary(values, "mean,sd", **names, metric=metric, unit=unit)
                yield from best_two(chosen, True, condition, "", metric)
        for method, of_method in rows.groupby("method", sort=False):
            yield from model_figures(of_method, str(method))

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        similarity = tuple(Column(heading, "", metric, digits) for metric, (heading, _, digits) in SIMILARITY.items())
        opinion = tuple(
            Column(heading, "", metric, digits, absent="not rated") for metric, (heading, _, digits) in OPINION.items()
        )
        lines = (*methods, P_VALUE)
        acquired, moved = (tuple((line, line, condition) for line in lines) for condition in CONDITIONS.values())
        return (
            Panel("As acquired", acquired, (*similarity, *opinion)),
            Panel("Slices moved", moved, similarity),
            model_panel(methods),
        )
