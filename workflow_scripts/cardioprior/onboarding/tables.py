"""Tables that come with data sets: as people and their spreadsheets write them."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from cardioprior.errors import CardioPriorError

#: a height below this is in metres, one above in cm
TALLEST_M = 3.0


def read_rows(path: Path, wanted: Sequence[str] = ()) -> list[dict[str, str]]:
    """Rows of a table, values stripped; column names in lower case with `_` for blanks ("External code").

    Separated by tabs where the name ends in .tsv, else by commas or semicolons, whichever the first line has more of.
    UTF-8 (with or without mark), UTF-16 with a mark, or Latin-1. Cells that a row lacks are empty; a row with more
    cells than columns is an error, for it is not known which cells are meant. Raises CardioPriorError that names the
    file and the columns `wanted` that it lacks.
    """
    columns, body = _cells(path)
    missing = [column for column in wanted if column not in columns]
    if missing:
        raise CardioPriorError(f"{path}: columns {', '.join(columns)} lack {', '.join(missing)}")
    rows = []
    for number, cells in enumerate(body, 2):
        if len(cells) > len(columns) and any(map(str.strip, cells[len(columns) :])):
            raise CardioPriorError(f"{path}, row {number}: has {len(cells)} cells; wanted {len(columns)}")
        if any(map(str.strip, cells)):
            values = [*map(str.strip, cells), *[""] * (len(columns) - len(cells))]
            rows.append(dict(zip(columns, values, strict=False)))
    return rows


def read_below(root: Path, *wanted: str) -> list[dict[str, str]]:
    """Rows of all csv files below a folder that have the columns `wanted`; others are of something else. Raises as
    `read_rows` does."""
    paths = [path for path in sorted(root.rglob("*.csv")) if path.is_file() and set(wanted) <= set(_columns(path))]
    return [row for path in paths for row in read_rows(path)]


def _columns(path: Path) -> list[str]:
    """The names of a table's columns; none where it is no table."""
    try:
        return _cells(path)[0]
    except CardioPriorError:
        return []


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """Names of columns and cells of a table. Raises CardioPriorError."""
    lines = read_text(path).splitlines()
    if not lines:
        raise CardioPriorError(f"{path}: is empty; wanted a table with a line of column names")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ";" if lines[0].count(";") > lines[0].count(",") else ","
    try:
        header, *body = csv.reader(lines, delimiter=delimiter)
    except csv.Error as fault:
        raise CardioPriorError(f"{path}: is no table ({fault}); wanted cells of at most 128 KiB") from fault
    return [re.sub(r"\s+", "_", name.strip().lower()) for name in header], body


def read_text(path: Path) -> str:
    """A text file in UTF-8, UTF-16 with a mark, or else Latin-1, without NUL bytes."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        return content.decode("latin-1").replace("\0", "")


def number(text: str | None) -> float | None:
    """A finite number, None if the text is empty or no number; a comma may be its decimal sign."""
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def frame_number(text: str | None, first: int = 0) -> int | None:
    """A frame as an index from 0, where the table counts from `first`; None if it is empty, negative or no integer."""
    value = number(text)
    return int(value) - first if value is not None and value == int(value) and value >= first else None


def height_cm(text: str | None) -> float | None:
    """A height in cm, of a table in cm or in m; None if it is not known or not above 0."""
    value = number(text)
    if value is None or value <= 0:
        return None
    return round(100 * value, 2) if value < TALLEST_M else value


def weight_kg(text: str | None) -> float | None:
    """A weight, None if it is not known or not above 0."""
    value = number(text)
    return value if value is not None and value > 0 else None


def sex(text: str | None) -> str:
    """F or M, from words such as `female` and `M`; else empty."""
    letter = (text or "").strip()[:1].upper()
    return {"F": "F", "W": "F", "M": "M"}.get(letter, "")


def first_of(row: Mapping[str, str], *columns: str) -> str:
    """The first of the columns that is there and not empty, else empty."""
    return next((row[column] for column in columns if row.get(column)), "")
