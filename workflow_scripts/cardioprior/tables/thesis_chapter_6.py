"""Thesis, section 6.4: volume errors, regression line and Dice of the regression U-net."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cardioprior.metrics.agreement import regression_line
from cardioprior.tables.contract import (
    MODEL_COLUMNS,
    PAIR,
    Column,
    Figure,
    Panel,
    TableBase,
    model_figures,
    pearson,
    sampled,
    summary,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

STRUCTURE = "LV"
#: phase -> condition; the thesis has ED alone
CONDITIONS = {"ED": "ED", "ES": "ES, never trained on"}
MEANS = {
    "volume_absolute_error": "ml",
    "volume_signed_error": "ml",
    "volume_relative_error": "%",
    "dice_raw": "",
    "dice_dilated": "",
    "volume_lost_to_cap": "ml",
}
COUNTS = ("slices_beyond_cap", "slices_at_cap")
VOLUMES = (
    Column("absolute error (ml)", STRUCTURE, "volume_absolute_error"),
    Column("signed error (ml)", STRUCTURE, "volume_signed_error"),
    Column("relative error (%)", STRUCTURE, "volume_relative_error", 2),
    Column("correlation", STRUCTURE, "volume_correlation", 2),
    Column("slope", STRUCTURE, "regression_slope", 2),
    Column("intercept (ml)", STRUCTURE, "regression_intercept", 2),
)
OVERLAPS = (Column("of the map above .9", STRUCTURE, "dice_raw"), Column("dilated", STRUCTURE, "dice_dilated"))
CAPPED = (
    Column("slices of a larger true area", STRUCTURE, "slices_beyond_cap", 0),
    Column("of these predicted at the box's", STRUCTURE, "slices_at_cap", 0),
    Column("true volume outside the box (ml)", STRUCTURE, "volume_lost_to_cap", 2),
)


class Table(TableBase):
    """Mean and SD of errors and Dice; Pearson's correlation and least-squares line of predicted on true volumes.

    The printed absolute error, 9.127 ± 18.888 ml, spreads as a signed one would: the signed error stands beside it.
    """

    name = "thesis_chapter_6"
    study = "thesis_volume"
    caption = (
        "LV volumes by a network that learnt from ED volumes alone: errors (mean ± SD), correlation and regression "
        "line of predicted on true volumes; Dice (mean ± SD) of the masks from its activation maps, raw and dilated, "
        "on the grid of the maps. The scanning module's box of 50 mm × 50 mm caps the area of a slice (25 ml where "
        "slices lie 10 mm apart): what the true masks lose to it, a perfect map would lose too."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for method, of_method in rows.groupby("method", sort=False):
            for phase, condition in CONDITIONS.items():
                values = of_method[of_method["phase"] == phase]
                if len(values):
                    yield from _phase_figures(values, str(method), condition)
            for figure in model_figures(of_method, str(method)):
                yield replace(figure, condition=CONDITIONS["ED"], structure=STRUCTURE)

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple((f"{method} ({c})", method, c) for c in CONDITIONS.values() for method in methods)
        networks = tuple((method, method, CONDITIONS["ED"]) for method in methods)
        return (
            Panel("Volumes", lines, VOLUMES),
            Panel("Dice, mean ± SD", lines, OVERLAPS),
            Panel("Scanning box", lines, CAPPED),
            Panel("Networks", networks, tuple(replace(column, structure=STRUCTURE) for column in MODEL_COLUMNS)),
        )


def _phase_figures(rows: pd.DataFrame, method: str, condition: str) -> Iterator[Figure]:
    names = {"method": method, "condition": condition, "structure": STRUCTURE}
    by_metric = {metric: rows[rows["metric"] == metric] for metric in (*MEANS, *COUNTS, "volume")}
    for metric, unit in MEANS.items():
        yield summary(by_metric[metric], "mean,sd", **names, metric=metric, unit=unit)
    volumes = by_metric["volume"]
    line = regression_line(volumes["value"], volumes["reference"])
    yield pearson(volumes, (method, condition, STRUCTURE, "volume_correlation"))
    for metric, unit, part in (("regression_slope", "", "slope"), ("regression_intercept", "ml", "intercept")):
        yield Figure(method, condition, STRUCTURE, metric, unit, "value", getattr(line, part), n=line.n,
                     missing=line.dropped, sample=sampled(volumes, PAIR, partial(_of_line, part)))  # fmt: skip
    for metric in COUNTS:
        counts = by_metric[metric]["value"]
        total = float(counts.sum()) if len(counts) else math.nan  # stated volumes have no slices
        yield Figure(method, condition, STRUCTURE, metric, "slices", "sum", total, n=len(counts))


def _of_line(part: str, pairs: np.ndarray) -> float:
    """Slope or intercept of the line through pairs of found and true volumes (n, 2)."""
    return float(getattr(regression_line(*pairs.T), part))
