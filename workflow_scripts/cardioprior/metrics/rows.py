"""Metrics rows: one figure a row, and the only thing that tables, figures and claims are computed from."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from cardioprior import atomic
from cardioprior.errors import CardioPriorError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MetricRow:
    """One figure: what was measured on what.

    study, cohort, method, condition: the experiment. subject, group: "" for rows about a model (parameters, times).
    structure: LV, MYO, RV, LV+MYO (as one) or "". phase: ED, ES, ED+ES (both together) or "". slice: index as text, ""
    for a whole stack. draw: number of the random draw as text (repeated masks, folds dealt anew). fold: of a
    cross-validation, as text. metric, unit: name of the figure and its unit ("" if it has none).
    value: the figure, nan if it has none (`status` says why). reference: the true value where there is one, else nan.
    status: one of `metrics.status.STATUSES`, or another reason in the caller's words; never empty.

    TypeError where a text field is not text (subject 7 and subject "007" would be two, or one, by chance), ValueError
    where the status is empty.
    """

    study: str = ""
    cohort: str = ""
    method: str = ""
    condition: str = ""
    subject: str = ""
    group: str = ""
    structure: str = ""
    phase: str = ""
    slice: str = ""
    draw: str = ""
    fold: str = ""
    metric: str = ""
    unit: str = ""
    value: float = math.nan
    reference: float = math.nan
    status: str = "ok"

    def __post_init__(self) -> None:
        for name in TEXT_COLUMNS:
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"metrics row, {name}: found {getattr(self, name)!r}; wanted text")
        if not self.status:
            raise ValueError("metrics row, status: found nothing; wanted ok or the reason why there is no figure")


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(MetricRow))
NUMBER_COLUMNS: tuple[str, ...] = ("value", "reference")
TEXT_COLUMNS: tuple[str, ...] = tuple(name for name in COLUMNS if name not in NUMBER_COLUMNS)


def write_rows(path: str | Path, rows: Iterable[MetricRow]) -> None:
    """Write rows as csv, in their order, under `COLUMNS`; no rows make a file with a header alone.

    Equal rows make equal bytes on every machine: numbers in the shortest form that reads back to the same float, nan
    as an empty cell. The file appears whole or not at all; an earlier one is replaced. Missing folders are made.
    """
    with atomic.replacing(Path(path)) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(row) for row in rows)


def read_rows(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Rows of several files, one after another, as a table with the columns `COLUMNS`; no paths make an empty table.

    `value` and `reference` are float, nan where empty; every other column is text as written ("007", "NA"), "" where
    empty. Raises CardioPriorError where a file does not hold metrics rows.
    """
    import pandas as pd

    if not paths:
        empty = pd.DataFrame({name: pd.Series(dtype=str) for name in COLUMNS})
        return empty.astype(dict.fromkeys(NUMBER_COLUMNS, float))
    return pd.concat([_read(Path(path)) for path in paths], ignore_index=True)


def _cells(row: MetricRow) -> list[str]:
    """A row as text, in the order of `COLUMNS`."""
    return [_number(getattr(row, name)) if name in NUMBER_COLUMNS else getattr(row, name) for name in COLUMNS]


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _read(path: Path) -> pd.DataFrame:
    """Rows of one file. Raises as `read_rows` does."""
    import pandas as pd

    try:
        # All as text first: a group called NA is a name, and pandas' own parser of numbers may miss the last bit.
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8")
    except ValueError as error:
        raise CardioPriorError(f"{path}: found no table ({error}); wanted metrics rows") from error
    if tuple(frame.columns) != COLUMNS:
        raise CardioPriorError(f"{path}: found the columns {list(frame.columns)}; wanted {list(COLUMNS)}")
    if (frame["status"] == "").any():
        raise CardioPriorError(f"{path}: found a row without status, as when a file is cut; wanted a status in each")
    try:
        return frame.assign(**{name: [float(cell or "nan") for cell in frame[name]] for name in NUMBER_COLUMNS}).astype(
            dict.fromkeys(NUMBER_COLUMNS, float)
        )
    except ValueError as error:
        raise CardioPriorError(f"{path}: {error}; wanted a number or nothing in {list(NUMBER_COLUMNS)}") from error
