"""Rows of one dataclass as the text of a csv file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any


def csv_text(kind: Any, rows: Iterable[Any]) -> str:
    """A header with the names of the fields of `kind`, a dataclass, then a line a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in fields(kind)])
    writer.writerows(asdict(row).values() for row in rows)
    return text.getvalue()
