"""What the papers conclude, as claims.csv says of a run."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from cardioprior.claims.contract import VERDICTS
from cardioprior.errors import CardioPriorError
from cardioprior.published.papers import PAPERS, Paper
from cardioprior.report.sources import Source
from cardioprior.stages.claims import ClaimRow

#: verdict -> the sign that stands for it, so that it needs no colour
SIGNS = dict(zip(VERDICTS, "✓✗?–", strict=True))
COLUMNS = tuple(column.name for column in fields(ClaimRow))


@dataclass(frozen=True)
class Claim:
    """A claim's row, and those of its parts if it has several. Cells are text by COLUMNS."""

    row: dict[str, str]
    parts: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class PaperClaims:
    """The claims of a paper, how many have each verdict, and the file of their tests."""

    key: str
    paper: Paper
    claims: Sequence[Claim]
    counts: Counter[str]
    source: Source


def read_claims(path: Path) -> list[Claim]:
    """Claims in the order of claims.csv. Raises CardioPriorError where the file holds none."""
    claims: list[Claim] = []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if lacking := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise CardioPriorError(f"{path}: found the columns {reader.fieldnames}; wanted {', '.join(lacking)} too")
        for row in reader:
            _check(path, row)
            if not row["part"]:
                claims.append(Claim(row))
            elif claims and claims[-1].row["claim"] == row["claim"]:
                claims[-1].parts.append(row)
            else:
                raise CardioPriorError(f"{path}: claim {row['claim']} has a part before its own row")
    return claims


def _check(path: Path, row: dict[str, str]) -> None:
    for column, known in (("verdict", VERDICTS), ("paper", PAPERS)):
        if row[column] not in known:
            raise CardioPriorError(
                f"{path}: claim {row['claim']} has the {column} {row[column]!r}; wanted {', '.join(known)}"
            )


def by_paper(claims: Sequence[Claim]) -> list[PaperClaims]:
    """Claims paper by paper, in the order in which papers come."""
    return [
        PaperClaims(
            key, PAPERS[key], of_paper, Counter(claim.row["verdict"] for claim in of_paper), Source("claims", key)
        )
        for key in dict.fromkeys(claim.row["paper"] for claim in claims)
        if (of_paper := [claim for claim in claims if claim.row["paper"] == key])
    ]


def number(text: str) -> str:
    """A number in three digits, a small one as a power of ten; other text as it is."""
    try:
        return format(float(text), ".3g")
    except ValueError:
        return text
