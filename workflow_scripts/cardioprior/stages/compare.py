"""From two runs to what differs between them: figures of tables, with intervals, and verdicts on claims."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardioprior import atomic, registry
from cardioprior.csv_text import csv_text
from cardioprior.errors import CardioPriorError
from cardioprior.metrics.resampling import Difference, difference
from cardioprior.metrics.rows import read_rows
from cardioprior.published.papers import heading
from cardioprior.report.claims import SIGNS, read_claims
from cardioprior.report.pages import COMPARISON, write_page
from cardioprior.tables.contract import Figure, number_text

#: outcomes, each with the sign that stands for it
OUTCOMES = {"differs": "≠", "not told apart": "≈", "equal": "=", "no interval": "–", "only in a": "a", "only in b": "b"}
KEY = ("cohort", "method", "condition", "structure", "metric")
#: a figure that has these in common is equal
SAME = ("centre", "spread", "n", "missing")
NOTHING = Difference(math.nan, math.nan, math.nan, 0)
Key = tuple[str, ...]
#: a row of a run's table, as text by column
Printed = dict[str, str]


@dataclass(frozen=True)
class FigureRow:
    """A row of tables.csv: a figure of both runs.

    a, b: as their tables have it. difference: b less a. shared: subjects that both runs tested, shared_difference: over
    these alone, with its 95 % interval by bootstrap, low to high; empty for figures that are equal, or that nothing a
    subject is computed from. outcome: of OUTCOMES.
    """

    table: str
    cohort: str
    method: str
    condition: str
    structure: str
    metric: str
    unit: str
    statistic: str
    a: str
    b: str
    difference: str
    shared: str
    shared_difference: str
    low: str
    high: str
    outcome: str


@dataclass(frozen=True)
class VerdictRow:
    """A row of claims.csv: a claim, or a part of it, with its verdict in both runs; empty where a run has none."""

    claim: str
    paper: str
    cohort: str
    sentence: str
    part: str
    a: str
    b: str
    changed: str


def run(a: Path, b: Path, out: dict[str, Path]) -> None:
    """Writes tables.csv, claims.csv and a page. a, b: folders of runs. out: paths by `tables`, `claims` and `page`.

    Raises CardioPriorError where a folder holds no tables.
    """
    names = [_tables(folder) for folder in (a, b)]
    rows = {name: list(figure_rows(name, a, b)) for name in sorted(names[0] & names[1])}
    verdicts = verdict_rows(a, b)
    atomic.write_text(out["tables"], csv_text(FigureRow, (row for of_table in rows.values() for row in of_table)))
    atomic.write_text(out["claims"], csv_text(VerdictRow, verdicts))
    write_page(
        out["page"],
        COMPARISON,
        runs={"a": _about(a), "b": _about(b)},
        tables=[_shown(name, of_table) for name, of_table in rows.items()],
        alone={"a": sorted(names[0] - names[1]), "b": sorted(names[1] - names[0])},
        claims=verdicts,
        outcomes=OUTCOMES,
        verdicts=SIGNS,
        short=short,
    )


def _tables(folder: Path) -> set[str]:
    found = {path.stem for path in (folder / "tables").glob("*.csv")} & set(registry.names("tables"))
    if not found:
        raise CardioPriorError(f"{folder}: holds no tables; wanted the folder of a run, with tables/*.csv")
    return found


def figure_rows(table: str, a: Path, b: Path) -> Iterable[FigureRow]:
    """The figures of a table of both runs, in the order of the first, then those that the second has alone."""
    printed, computed = [_printed(table, folder) for folder in (a, b)], [_computed(table, folder) for folder in (a, b)]
    for key in dict.fromkeys((*printed[0], *printed[1])):
        before, after = (of_run.get(key) for of_run in printed)
        same = before is not None and after is not None and all(before[name] == after[name] for name in SAME)
        found = NOTHING if same else _difference(computed[0].get(key), computed[1].get(key))
        cohort, method, condition, structure, metric = key
        either = before or after or {}
        yield FigureRow(
            table, cohort, method, condition, structure, metric, either["unit"], either["statistic"],
            a=before["centre"] if before else "",
            b=after["centre"] if after else "",
            difference=number_text(_centre(after) - _centre(before)),
            shared=str(found.n or ""),
            shared_difference=number_text(found.value),
            low=number_text(found.low),
            high=number_text(found.high),
            outcome="equal" if same else _outcome(before, after, found),
        )  # fmt: skip


def _outcome(before: Printed | None, after: Printed | None, found: Difference) -> str:
    """How a figure that is not equal in both runs came out."""
    if before is None or after is None:
        return "only in b" if before is None else "only in a"
    if math.isnan(found.low):
        return "no interval"
    return "differs" if found.low > 0 or found.high < 0 else "not told apart"


def _printed(table: str, folder: Path) -> dict[Key, Printed]:
    """Rows of a run's table."""
    with (folder / "tables" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return {tuple(row[name] for name in KEY): row for row in csv.DictReader(file)}


def _computed(table: str, folder: Path) -> dict[Key, Figure]:
    """The same figures computed from the run's metrics rows."""
    entry = registry.entry("tables", table)
    files = sorted((folder / "metrics" / entry.study).rglob("*.csv"))
    main_fold = registry.entry("studies", entry.study).main_fold
    return {
        (cohort, f.method, f.condition, f.structure, f.metric): f
        for cohort, f in entry().by_cohort(read_rows(files), main_fold)
    }


def _difference(a: Figure | None, b: Figure | None) -> Difference:
    if a is None or b is None or a.sample is None or b.sample is None:
        return NOTHING
    return difference(a.sample, b.sample)


def verdict_rows(a: Path, b: Path) -> list[VerdictRow]:
    """Every claim and part of either run."""
    runs = [_verdicts(folder / "claims.csv") for folder in (a, b)]
    rows = []
    for key in dict.fromkeys((*runs[0], *runs[1])):
        claim, paper, cohort, part = key
        sentences = [of_run[key][0] for of_run in runs if key in of_run]
        before, after = (of_run[key][1] if key in of_run else "" for of_run in runs)
        rows.append(
            VerdictRow(claim, paper, cohort, sentences[0], part, before, after, "yes" if before != after else "")
        )
    return rows


def _verdicts(path: Path) -> dict[Key, tuple[str, str]]:
    """Sentence and verdict of every claim and part of a run; none where it judged none."""
    rows = (row for claim in (read_claims(path) if path.is_file() else ()) for row in (claim.row, *claim.parts))
    return {(r["claim"], r["paper"], r["cohort"], r["part"]): (r["sentence"], r["verdict"]) for r in rows}


def _about(folder: Path) -> dict[str, Any]:
    """A run's folder, and what the first of its tables says of seed, settings and code."""
    about = atomic.read_json(min((folder / "tables").glob("*.json")))
    return {"folder": folder.name, **{name: about[name] for name in ("seed", "config_digest", "commit")}}


def _shown(name: str, rows: Sequence[FigureRow]) -> dict[str, Any]:
    """A table as the page shows it: without equal figures."""
    paper = registry.entry("studies", registry.entry("tables", name).study).paper
    order = list(OUTCOMES)
    return {
        "heading": heading(paper, name),
        "name": name,
        "counts": Counter(row.outcome for row in rows),
        "rows": sorted((row for row in rows if row.outcome != "equal"), key=lambda row: order.index(row.outcome)),
    }


def short(text: str) -> str:
    """A number in four digits, nothing for nothing."""
    return format(float(text), ".4g") if text else ""


def _centre(row: Printed | None) -> float:
    return float(row["centre"]) if row and row["centre"] else math.nan
