"""The papers' printed figures, one a row of the csv files beside this module (transcribed from the papers)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Printed:
    """A printed figure. centre, spread: text as printed (`<<0.001` occurs). statistic: what the two are."""

    unit: str
    centre: str
    spread: str
    statistic: str


@cache
def figures(table: str) -> dict[Key, Printed]:
    """Printed figures of a table by (method, condition, structure, metric); empty for a table that prints none."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["table"] == table:
                    key = (row["method"], row["condition"], row["structure"], row["metric"])
                    found[key] = Printed(row["unit"], row["centre"], row["spread"], row["statistic"])
    return found
