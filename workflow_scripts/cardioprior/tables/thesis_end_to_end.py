"""Thesis, chapters 5 to 7 coupled: EF, volumes and mass against the labels', and what a missed frame costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cardioprior.tables.contract import Column, Figure, Panel, TableBase, agreement, model_figures, model_panel, summary

if TYPE_CHECKING:
    import pandas as pd

ANNOTATED, DETECTED = "annotated", "detected"
CONDITIONS = {ANNOTATED: "annotated frames", DETECTED: "detected frames"}
#: of the EF at detected frames less that of the same subject at annotated ones
COST = "detected less annotated"
#: (metric, phase) of the rows -> name and unit in the table
MEASURES = {
    ("volume", "ED"): ("edv", "ml"),
    ("volume", "ES"): ("esv", "ml"),
    ("stroke_volume", ""): ("stroke_volume", "ml"),
    ("ejection_fraction", ""): ("ef", "percentage points"),
    ("mass", "ED"): ("mass", "g"),
}


class Table(TableBase):
    """Bias and limits of agreement against the labels at their own frames, at annotated and at detected frames."""

    name = "thesis_end_to_end"
    study = "thesis_end_to_end"
    caption = (
        "From the cine to clinical figures: bias ± 1.96 SD of the differences (95 % limits of agreement) from the "
        "labels' figures, with the annotated and with the detected ES and ED frames, and how far each subject's EF "
        "moves because frames were detected. The thesis prints no such table."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        for method, of_method in rows.groupby("method", sort=False):
            for condition, printed in CONDITIONS.items():
                chosen = of_method[of_method["condition"] == condition]
                yield from _agreements(chosen, str(method), printed)
                yield from _frame_errors(chosen, str(method), printed)
            yield from _cost(of_method, str(method))
            found = model_figures(of_method[of_method["condition"].isin(["", DETECTED])], str(method))
            yield from found

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        lines = tuple(
            (f"{method}, {printed}", method, printed) for printed in CONDITIONS.values() for method in methods
        )
        detected = tuple((method, method, CONDITIONS[DETECTED]) for method in methods[:1])
        costs = tuple((method, method, COST) for method in methods)
        frames = tuple(
            Column(f"{phase}, {heading}", phase, metric, decimals)
            for phase in ("ED", "ES")
            for heading, metric, decimals in (
                ("frames", "cyclic_frame_difference", 2),
                ("within 1", "share_within_1", 2),
                ("within 2", "share_within_2", 2),
            )
        )
        cost = (
            Column("EF points", "LV", "ef_change", 2),
            Column("size of the change", "LV", "ef_absolute_change", 2),
            Column("largest", "LV", "largest_ef_change", 2),
        )
        return (
            *(Panel(f"{cavity}, bias ± limits", lines, _columns(cavity)) for cavity in ("LV", "RV")),
            Panel("Frames missed, round the cycle", detected, frames),
            Panel("EF at detected less EF at annotated frames", costs, cost),
            model_panel(methods),
        )


def _columns(cavity: str) -> tuple[Column, ...]:
    columns = [
        Column("EF (points)", cavity, "ef_bias", 1),
        Column("EF, r", cavity, "ef_correlation", 2),
        Column("EDV (ml)", cavity, "edv_bias", 1),
        Column("ESV (ml)", cavity, "esv_bias", 1),
        Column("SV (ml)", cavity, "stroke_volume_bias", 1),
    ]
    return (*columns, Column("mass (g)", "MYO", "mass_bias", 1)) if cavity == "LV" else tuple(columns)


def _agreements(rows: pd.DataFrame, method: str, condition: str) -> Iterator[Figure]:
    for (structure, metric, phase), values in rows.groupby(["structure", "metric", "phase"], sort=False):
        if (metric, phase) in MEASURES:
            name, unit = MEASURES[metric, phase]
            yield from agreement(values, name, unit, method=method, condition=condition, structure=structure)


def _frame_errors(rows: pd.DataFrame, method: str, condition: str) -> Iterator[Figure]:
    """By phase, which stands in the structure's place: frame errors have no structure."""
    for phase, errors in rows[rows["metric"] == "cyclic_frame_difference"].groupby("phase", sort=False):
        names = {"method": method, "condition": condition, "structure": str(phase)}
        yield summary(errors, "mean,sd", **names, metric="cyclic_frame_difference", unit="frames")
        for most in (1, 2):
            within = errors.assign(value=(errors["value"] <= most).astype(float))
            share = summary(within, "mean", **names, metric=f"share_within_{most}", unit="")
            yield replace(share, statistic="value")


def _cost(rows: pd.DataFrame, method: str) -> Iterator[Figure]:
    """What detection costs: a subject's EF at detected less that at annotated frames, by cavity."""
    for cavity, fractions in rows[rows["metric"] == "ejection_fraction"].groupby("structure", sort=False):
        by_condition = fractions.pivot(index="subject", columns="condition", values="value")
        if not {ANNOTATED, DETECTED} <= set(by_condition.columns):
            continue
        change = (by_condition[DETECTED] - by_condition[ANNOTATED]).rename("value").reset_index()
        size = change.assign(value=change["value"].abs())
        names = {"method": method, "condition": COST, "structure": str(cavity), "unit": "percentage points"}
        yield summary(change, "mean,sd", **names, metric="ef_change")
        yield summary(size, "mean,sd", **names, metric="ef_absolute_change")
        yield summary(size, "maximum", **names, metric="largest_ef_change")
