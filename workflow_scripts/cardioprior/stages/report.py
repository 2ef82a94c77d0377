"""From tables, figures and claims to one page: what ran, on what, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardioprior import __version__, atomic
from cardioprior.published.papers import PAPERS, heading
from cardioprior.report import claims, summaries, timeline
from cardioprior.report.pages import PAGE, SCRIPT, embedded, png_size, write_page
from cardioprior.report.sources import sources
from cardioprior.report.timeline import Timeline


@dataclass(frozen=True)
class Part:
    """A study on the page.

    paper, title, follows: as its class says. tables: names. figures: caption by name. methods: title by name. usage: as
    of report.summaries, by cohort. scale: what its trainings do not share with the paper's, "" if nothing. models:
    descriptions of those that it trains. browser: file of stages.browser, None where there is none.
    """

    name: str
    paper: str
    title: str
    follows: Sequence[str] = ()
    tables: Sequence[str] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    protocol: str = ""
    usage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    scale: str = ""
    models: Sequence[Path] = ()
    browser: Path | None = None


def run(
    tables: Mapping[str, Path],
    figures: Mapping[str, Path],
    studies: Sequence[Part],
    not_run: Sequence[str],
    cohorts: Mapping[str, tuple[Path, Path]],
    claims_csv: Path,
    out: Path,
    times: Timeline | None = None,
) -> None:
    """Writes index.html, self-contained.

    tables: html fragment by table name; its json and csv lie beside it. figures: picture by figure name, its PDF beside
    it. not_run: titles of other studies. cohorts: subjects.tsv and qc.tsv by cohort name. times: when this run's jobs
    ran, None where nobody knows.
    """
    of_papers = claims.by_paper(claims.read_claims(claims_csv))
    about: dict[str, Any] = {name: atomic.read_json(path.with_suffix(".json")) for name, path in tables.items()}
    write_page(
        out,
        PAGE,
        SCRIPT,
        version=__version__,
        versions=next(iter(about.values()), {"versions": {}})["versions"],
        papers=PAPERS,
        studies=[_filled(part, tables, figures, about) for part in studies],
        not_run=not_run,
        claims=of_papers,
        verdicts=claims.SIGNS,
        number=claims.number,
        timeline=timeline.shown(times) if times else None,
        cohorts={name: summaries.cohort_summary(*paths) for name, paths in cohorts.items()},
        sources=[*(of_paper.source for of_paper in of_papers), *_sources(studies)],
    )


def _filled(
    part: Part, tables: Mapping[str, Path], figures: Mapping[str, Path], about: Mapping[str, Any]
) -> dict[str, Any]:
    """A study as the template wants it."""
    return {
        "part": part,
        "training": summaries.training(part.models),
        "tables": [_table(part.paper, tables[name], about[name]) for name in part.tables],
        "figures": [_figure(part.paper, name, caption, figures[name]) for name, caption in part.figures.items()],
        "methods": dict(zip(part.methods.values(), sources("methods", part.methods), strict=True)),
        "protocol": sources("protocols", [part.protocol])[0] if part.protocol else None,
        "browser": part.browser.read_text(encoding="utf-8").replace("</", "<\\/") if part.browser else "",
    }


def _table(paper: str, fragment: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": fragment.stem,
        "heading": heading(paper, fragment.stem),
        "html": fragment.read_text(encoding="utf-8"),
        "csv": embedded(fragment.with_suffix(".csv").read_bytes(), "text/csv"),
        "about": about,
        "source": sources("tables", [fragment.stem])[0],
    }


def _figure(paper: str, name: str, caption: str, picture: Path) -> dict[str, Any]:
    png = picture.read_bytes()
    width, height = png_size(png)
    return {
        "name": name,
        "heading": heading(paper, name),
        "caption": caption,
        "picture": embedded(png, "image/png"),
        "width": width,
        "height": height,
        "source": sources("figures", [name])[0],
    }


def _sources(studies: Sequence[Part]) -> list[Any]:
    """Every file that a study's part of the page names."""
    kinds = {
        "tables": [name for part in studies for name in part.tables],
        "protocols": [part.protocol for part in studies if part.protocol],
        "methods": [name for part in studies for name in part.methods],
        "figures": [name for part in studies for name in part.figures],
    }
    return [source for kind, names in kinds.items() for source in sources(kind, names)]
