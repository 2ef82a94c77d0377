"""Thesis, table 7.1: frame errors of ES and ED detection, two losses and two picks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cardioprior.tables.contract import (
    Column,
    Figure,
    Panel,
    TableBase,
    model_figures,
    model_panel,
    summary,
)

if TYPE_CHECKING:
    import pandas as pd

#: the network behind both losses, as the thesis' text speaks of its size and times
DETECTOR = "frame detector"
DETECTOR_METHODS = ("WDL", "WCE")
GATED = "gated"
HEADINGS = {
    "": "cines as acquired",
    ", delayed": "cines begun at a random frame",
    ", single-slice": "the middle slice alone",
}
SHARES = {"share_with_error_0": 0, "share_with_error_0_or_1": 1}
UNITS = {"frame_difference": "frames", "relative_frame_difference": "", "cyclic_frame_difference": "frames"}


class Table(TableBase):
    """Mean and SD of frame differences; shares of cases within 0 and 1 frame; the largest difference.

    Conditions are the thesis' (`ES central`); others are named behind it (`ES central, delayed`).
    """

    name = "thesis_table_7_1"
    study = "thesis_frames"
    caption = (
        "Frame difference of detected ES and ED, mean ± SD, by loss and pick. Gated cines start at ED, so a constant "
        "guess is right about ED there: further blocks are for the same cines begun at a random frame, and for their "
        "middle slice alone in place of the projection that the detector learnt from."
    )

    def figures(self, rows: pd.DataFrame) -> Iterator[Figure]:
        scored = rows[rows["phase"] != ""]
        keys = ["method", "condition", "phase"]
        for (method, condition, phase), values in scored.groupby(keys, sort=False):
            names = {"method": method, "condition": printed_condition(condition, phase), "structure": ""}
            for metric, unit in UNITS.items():
                yield summary(values[values["metric"] == metric], "mean,sd", **names, metric=metric, unit=unit)
            errors = values[values["metric"] == "frame_difference"]
            for metric, most in SHARES.items():
                shares = errors.assign(value=(errors["value"] <= most).astype(float))
                yield replace(summary(shares, "mean", **names, metric=metric, unit=""), statistic="value")
            yield summary(errors, "maximum", **names, metric="largest_frame_difference", unit="frames")
        for method in DETECTOR_METHODS:
            if (rows["method"] == method).any():
                yield from (replace(figure, method=DETECTOR) for figure in model_figures(rows, method))
                break

    def panels(self, methods: Sequence[str]) -> tuple[Panel, ...]:
        panels = []
        for suffix, heading in HEADINGS.items():
            lines = tuple(
                (f"{method}, {phase} ({pick})", method, f"{phase} {pick}{suffix}")
                for method in methods
                for phase in ("ES", "ED")
                for pick in ("naive", "central")
            )
            columns = (
                Column("frames", "", "frame_difference"),
                Column("share of the cycle", "", "relative_frame_difference"),
                Column("frames, wrapped", "", "cyclic_frame_difference"),
                Column("share with error 0", "", "share_with_error_0", 2),
                Column("with 0 or 1", "", "share_with_error_0_or_1", 2),
                Column("largest", "", "largest_frame_difference", 0),
            )
            panels.append(Panel(f"Frame difference, {heading}", lines, columns))
        return (*panels, model_panel((DETECTOR,)))


def printed_condition(condition: str, phase: str) -> str:
    """`gated, naive` at ES is the thesis' `ES naive`; other test conditions are named behind it."""
    test, pick = condition.split(", ")
    return f"{phase} {pick}" if test == GATED else f"{phase} {pick}, {test}"
