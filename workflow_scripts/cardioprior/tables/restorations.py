"""What latent optimisation's tables of restored label maps share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, summary

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = ("no-motion", "normal-motion", "severe-motion")
STRUCTURES = ("LV", "MYO", "RV", "MEAN")
EDSR = "EDSR"
#: titles of EDSR's methods -> the motion that each was trained on
TRAINED_ON = {
    "EDSR, trained on no motion": "no-motion",
    "EDSR, trained on normal motion": "normal-motion",
    "EDSR, trained on severe motion": "severe-motion",
}
#: metric -> heading, unit, decimals
PLAUSIBILITY = {
    "hausdorff_distance": ("HD (mm)", "mm", 1),
    "extra_components": ("extra pieces", "count", 2),
    "holes": ("holes", "count", 2),
}
MOTION = {
    "displacement_error": ("displacement error (mm)", "mm", 2),
    "displacement_error_centred": ("the same, mean taken off (mm)", "mm", 2),
    "iterations": ("iterations", "count", 0),
}


def by_own_level(rows: pd.DataFrame) -> pd.DataFrame:
    """Metrics rows in which EDSR is one method: tested on the motion that it was trained on, and on no other."""
    level = rows["method"].map(TRAINED_ON)
    chosen = rows[level.isna() | (level == rows["condition"])]
    return chosen.assign(method=chosen["method"].where(~chosen["method"].isin(TRAINED_ON), EDSR))


def titles_by_own_level(methods: Sequence[str]) -> list[str]:
    """Titles in order, EDSR once."""
    return list(dict.fromkeys(EDSR if method in TRAINED_ON else method for method in methods))


def mean_dice(rows: pd.DataFrame, metric: str = "dice") -> pd.DataFrame:
    """The rows of a Dice that is the mean over the three structures."""
    return rows[(rows["metric"] == metric) & (rows["structure"] == "MEAN")]


def dice_columns(structures: tuple[str, ...] = STRUCTURES, metric: str = "dice") -> tuple[Column, ...]:
    """A column a structure."""
    return tuple(Column(structure, structure, metric) for structure in structures)


def summaries(rows: pd.DataFrame, metrics: dict[str, str]) -> Iterator[Figure]:
    """Mean and SD of metrics by method, condition and structure. metrics: unit by metric."""
    for (condition, method, structure, metric), values in rows.groupby(
        ["condition", "method", "structure", "metric"], sort=False
    ):
        if metric in metrics:
            names = {"method": str(method), "condition": str(condition), "structure": str(structure)}
            yield summary(values, "mean,sd", **names, metric=str(metric), unit=metrics[metric])
