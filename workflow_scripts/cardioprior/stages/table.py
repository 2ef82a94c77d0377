"""From metrics rows to a table's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior import atomic, digest, registry
from cardioprior.csv_text import csv_text
from cardioprior.metrics.rows import TEXT_COLUMNS, read_rows
from cardioprior.stages import provenance
from cardioprior.tables import render
from cardioprior.tables.contract import TableBase, TableRow

if TYPE_CHECKING:
    import pandas as pd

TIME_UNITS = ("s", "h")


def run(
    name: str, metrics: Sequence[Path], methods: Sequence[str], main_fold: str, note: str,
    stated: Mapping[str, Any], out: Mapping[str, Path],
) -> None:  # fmt: skip
    """Writes csv, md, tex, html and json of a table.

    methods: printed names in the order to show them. note: on the run's scale, for the caption. stated: what
    the json says beside commit, versions and digests. out: paths by format.
    """
    table: TableBase = registry.entry("tables", name)()
    rows = read_rows(metrics)
    order = {method: place for place, method in enumerate(methods)}
    rows = rows.sort_values("method", key=lambda column: column.map(order), kind="stable")
    table_rows = table.rows(rows, main_fold)
    panels = table.panels(methods)
    cohorts = list(dict.fromkeys(row.cohort for row in table_rows))
    by_cohort = {
        cohort: render.blocks([row for row in table_rows if row.cohort == cohort], panels) for cohort in cohorts
    }
    tested = rows[(rows["subject"] != "") & (rows["fold"] == main_fold)].groupby("cohort")["subject"].nunique()
    counts = ", ".join(f"{tested.get(cohort, 0)} of {cohort}" for cohort in cohorts)
    about = f"{table.caption} Test subjects: {counts}."
    caption = f"{about} {note}".strip()
    atomic.write_text(out["csv"], csv_text(TableRow, table_rows))
    atomic.write_text(out["md"], render.to_markdown(caption, by_cohort))
    atomic.write_text(out["tex"], render.to_latex(name, caption, by_cohort))
    atomic.write_text(out["html"], render.to_html(about, note, by_cohort))
    atomic.write_json(out["json"], {"table": name, "caption": caption, **stated, **_circumstances(rows)})


def _circumstances(rows: pd.DataFrame) -> dict[str, Any]:
    """Commit, versions, and a digest of all rows that repeat (times do not)."""
    repeating = rows[~rows["unit"].isin(TIME_UNITS)].sort_values(list(TEXT_COLUMNS))
    return {
        "commit": provenance.commit(),
        "data_digest": digest.text(repeating.to_csv(index=False)),
        "versions": provenance.versions(),
    }
