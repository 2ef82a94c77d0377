"""The report's page: every study's tables, claims and files are on it, and what did not run is a sentence."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cardioprior import registry
from cardioprior.stages import report
from tests.unit.report import page_world


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_world.whole_page(tmp_path_factory.mktemp("page"), left_out=("kspace",))


@pytest.fixture(scope="module")
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


class Seen(HTMLParser):
    """Anchors, links within the page, and pictures' and table headings' attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.headings: list[dict[str, str | None]] = []
        self.counts: dict[str, int] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and str(found["href"]).startswith("#"):
            self.links.append(str(found["href"])[1:])
        if tag == "img":
            self.pictures.append(found)
        if tag == "th":
            self.headings.append(found)


def test_every_link_within_the_page_leads_somewhere_and_no_place_is_named_twice(text):
    seen = Seen(text)
    assert set(seen.links) <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))


def test_tables_have_captions_headings_say_of_what_they_are_and_pictures_say_what_they_show(text):
    seen = Seen(text)
    assert seen.counts["table"] == seen.counts["caption"] > 20
    assert {heading.get("scope") for heading in seen.headings} == {"col", "row"}
    assert seen.pictures and all(picture["alt"] and picture["width"] for picture in seen.pictures)


def test_a_table_leads_to_the_files_that_computed_it_and_these_stand_on_the_page(text):
    article = text.partition('<article id="table-thesis_table_5_1">')[2].partition("</article>")[0]
    assert set(re.findall(r'href="#(source[^"]+)"', article)) == {
        "source-tables-thesis_table_5_1", "source-protocols-segmentation",
    }  # fmt: skip
    written = html.unescape(
        text.partition('<pre id="source-tables-thesis_table_5_1"><code>')[2].partition("</code>")[0]
    )
    assert written == (registry.PACKAGE / "tables" / "thesis_table_5_1.py").read_text(encoding="utf-8")
    section = text.partition('<section id="thesis_segmentation"')[2].partition("<article")[0]
    assert 'href="#source-methods-unet_3d"' in section and 'href="#source-methods-pspu_net"' in section


def test_a_tables_csv_is_in_the_page(page, text):
    href = re.search(r'<a href="(data:text/csv[^"]+)" download="thesis_table_5_1.csv">', text)
    assert href
    csv = page_world.report.embedded((page.parent.parent / "tables" / "thesis_table_5_1.csv").read_bytes(), "text/csv")
    assert href[1] == csv


def test_claims_are_counted_by_verdict_and_badges_say_it_in_words_and_signs(text):
    claims = plain(text.partition('<section id="claims">')[2].partition("</section>")[0])
    counts = re.search(r'<a href="#claims-thesis">Thesis</a></th>((?:<td>\d+</td>)+)', text)
    assert counts and re.findall(r"\d+", counts[1]) == ["1", "1", "0", "0", "2"]
    for badge in ("✓ reproduced", "✗ not reproduced", "? inconclusive", "– not run"):
        assert badge in claims
    assert "one-sided Wilcoxon signed-rank, 36, p = 0.00391, n = 8" in claims
    assert "2. Two things hold & a third < both." in claims and "the second" in claims


def test_where_the_time_went_is_told_and_drawn(text):
    section = text[text.index('<section id="time">') :].partition("</section>")[0]
    assert "3 jobs in 20.0 s, up to 2 cores at a time" in plain(section)
    assert "4 results were there from earlier runs" in plain(section)
    assert "45 % of the cores' time" in plain(section)  # 22 of 40 core-seconds were work
    assert 'src="data:image/png;base64,' in section
    assert plain(section).count(" %") == 1 + 6


def test_what_did_not_run_is_a_sentence(text):
    title = registry.entry("studies", "kspace").title
    assert f"Not in this run, and so not on this page: {title}." in plain(text)
    assert 'id="kspace"' not in text


def test_a_studys_cost_and_scale_and_unused_subjects_are_told(text):
    section = plain(text.partition('<section id="thesis_segmentation"')[2].partition("</section>")[0])
    assert "acdc: trained on 5 subjects, validated on 1, tested on 3." in section
    assert "1 model by gradient in 1 min 16 s on x86_64" in section
    assert "X: has no labels at ED" in section and "Not at the published scale." in section


def test_text_of_subjects_and_claims_is_no_markup(text):
    assert "c: is &lt;odd&gt;" in text and "<odd>" not in text


def alone(tmp_path: Path, part: report.Part) -> str:
    nothing = page_world.write_claims(tmp_path / "claims.csv", ())
    report.run({}, {}, [part], [], {}, nothing, tmp_path / "index.html")
    return plain((tmp_path / "index.html").read_text(encoding="utf-8"))


def test_a_study_that_trains_nothing_names_whose_models_it_used(tmp_path):
    usage = {"ward": {"roles": Counter(test=1), "unused": []}}
    said = alone(tmp_path, report.Part("s", "thesis", "A study", follows=("first", "second"), usage=usage))
    assert "ward: tested on 1 with the models of first, second." in said


def test_a_run_without_claims_says_so(tmp_path):
    assert "No claim was checked in this run." in alone(tmp_path, report.Part("s", "thesis", "A study"))
