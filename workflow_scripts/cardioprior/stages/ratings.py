"""From filled rating sheets to metrics rows."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cardioprior.errors import CardioPriorError
from cardioprior.metrics.opinion import NOT_RATED, RATERS, SCORES, UNIT, metric_of
from cardioprior.metrics.rows import MetricRow, write_rows

#: how many items an error names
NAMED = 3


def run(row: MetricRow, key: Path, filled: Sequence[Path], groups: Mapping[str, str], out: Path) -> None:
    """Writes a row an item and rater; without a sheet of a rater, `not rated` and no value.

    row: filled in with study, cohort, condition and fold. filled: sheets, named after their raters. groups: of every
    subject.
    """
    with key.open(newline="", encoding="utf-8") as file:
        items = {entry["item"]: (entry["subject"], entry["method"]) for entry in csv.DictReader(file)}
    sheets = {path.stem: read_sheet(path, items) for path in filled}

    def rows() -> Iterator[MetricRow]:
        for rater in RATERS:
            scores = sheets.get(rater, {})
            for item, (subject, method) in items.items():
                about = replace(row, subject=subject, method=method, group=groups[subject])
                status = "ok" if item in scores else NOT_RATED
                value = scores.get(item, math.nan)
                yield replace(about, metric=metric_of(rater), unit=UNIT, value=value, status=status)

    write_rows(out, rows())


def read_sheet(path: Path, items: Mapping[str, object]) -> dict[str, float]:
    """Scores by item of a filled sheet, separated by commas or semicolons. items: those shown.

    Raises CardioPriorError, naming file and row, unless every item has one score from 1 to 5.
    """
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    reader = csv.DictReader(lines, delimiter=";" if lines and ";" in lines[0] else ",")
    if not {"item", "score"} <= set(reader.fieldnames or ()):
        raise CardioPriorError(f"{path}, row 1: found the columns {reader.fieldnames}; wanted item, picture, score")
    scores: dict[str, float] = {}
    for entry in reader:
        item, score = ((entry[column] or "").strip() for column in ("item", "score"))
        where = f"{path}, row {reader.line_num}"
        if item not in items:
            raise CardioPriorError(
                f"{where}: {item!r} is no picture of this run's sheets; wanted the sheet that came with them (other "
                "images are to be rated anew)"
            )
        if item in scores:
            raise CardioPriorError(f"{where}: {item} is there a second time; wanted one row an item")
        if score not in SCORES:
            raise CardioPriorError(f"{where}: {item} has the score {score!r}; wanted a whole number from 1 to 5")
        scores[item] = float(score)
    if missing := [item for item in items if item not in scores]:
        some = ", ".join(missing[:NAMED]) + (" ..." if len(missing) > NAMED else "")
        raise CardioPriorError(
            f"{path}: ends after row {reader.line_num}, and {len(missing)} of {len(items)} items have no row ({some}); "
            "wanted one row an item"
        )
    return scores
