"""What latent optimisation's tables of restored label maps share."""

from __future__ import annotations

from collections.abc import Iterator

from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, summary

if TYPE_CHECKING:
    import pandas as pd

CONDITIONS = ("no-motion", "normal-motion", "severe-motion")
STRUCTURES = ("LV", "MYO", "RV", "MEAN")
#: titles of methods that stand in a table of their own
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
