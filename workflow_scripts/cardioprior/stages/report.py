"""From tables to one page: what ran, on what, and the tables."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from cardioprior import __version__, atomic
from cardioprior.onboarding.accounts import read_tsv
from cardioprior.store import left_out

TEMPLATE = Path(__file__).parent / "report.html.j2"


def run(
    tables: Mapping[str, Path],
    figures: Mapping[str, Path],
    studies: Sequence[Mapping[str, Any]],
    cohorts: Mapping[str, tuple[Path, Path]],
    out: Path,
) -> None:
    """Writes index.html, self-contained.

    tables: html fragment by table name; its json and csv lie beside it. figures: picture by figure name. studies:
    title, name, studies it follows, tables, captions of figures by name, and usage by cohort of each.
    cohorts: subjects.tsv and qc.tsv by cohort name.
    """
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    fragments = {name: path.read_text(encoding="utf-8") for name, path in tables.items()}
    about = {name: atomic.read_json(path.with_suffix(".json")) for name, path in tables.items()}
    page = template.render(
        version=__version__,
        studies=studies,
        fragments=fragments,
        about=about,
        pictures={name: _embedded(path) for name, path in figures.items()},
        cohorts={name: cohort_summary(*paths) for name, paths in cohorts.items()},
    )
    check_html(page)
    atomic.write_text(out, page)


def _embedded(picture: Path) -> str:
    """A picture as a URL that holds it."""
    return "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()


def cohort_summary(subjects_tsv: Path, qc_tsv: Path) -> dict[str, Any]:
    """Counts by status and by group, and every finding, of one cohort."""
    subjects, findings = read_tsv(subjects_tsv), read_tsv(qc_tsv)
    return {
        "found": len(subjects),
        "status": Counter(row["status"] for row in subjects),
        "groups": dict(sorted(Counter(row["group"] or "no group" for row in subjects).items())),
        "findings": [row for row in findings if row["status"] != "ok"],
    }


def usage(split: Path, shards: Sequence[Path], fold: str) -> dict[str, Any]:
    """How many subjects of a cohort a study trained on, validated on and tested, and who was not used, a
    sentence a reason.

    shards: those that may have left somebody out.
    """
    rows = [row for row in read_tsv(split) if row["fold"] == fold]
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row["role"] == "excluded":
            by_reason.setdefault(row["reason"], []).append(row["subject"])
    unused = [f"{', '.join(subjects)}: {reason}" for reason, subjects in by_reason.items()]
    for shard in shards:
        unused += left_out(shard)
    return {"roles": Counter(row["role"] for row in rows), "unused": list(dict.fromkeys(unused))}


def check_html(page: str) -> None:
    """Raises ValueError if the page refers to anything outside itself."""

    class References(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if (name == "src" and not (value or "").startswith("data:")) or (name == "href" and tag == "link"):
                    raise ValueError(f"the report refers to {value}; wanted a page that needs nothing else")

    References().feed(page)
