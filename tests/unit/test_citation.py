"""How to cite agrees with what is cited, and with the version."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from cardioprior import __version__
from cardioprior.published.papers import PAPERS

ROOT = Path(__file__).parents[2]


def test_the_citation_has_what_its_format_asks_for_and_every_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (str(citation["version"]), citation["license"]) == (__version__, "MIT")
    assert {one.get("doi", "") for one in citation["references"]} == {paper.doi for paper in PAPERS.values()}
    assert len(citation["references"]) == len(PAPERS)
    by_author = {one["authors"][0]["family-names"]: one for one in citation["references"]}
    for paper in PAPERS.values():
        one = by_author[paper.reference.split()[0].strip(",")]
        assert str(one["year"]) in paper.reference
        assert {"type", "title", "authors"} <= set(one)


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert headings[0] == "Unreleased" and all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in headings[1:])
    kinds = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    assert kinds and kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
