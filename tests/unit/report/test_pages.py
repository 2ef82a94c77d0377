"""A page that holds what it needs, and refuses what it must not hold."""

from __future__ import annotations

import base64
import re

import pytest

from cardioprior import registry
from cardioprior.published.papers import PAPERS, heading
from cardioprior.report import pages
from tests.unit.report import page_world


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('<img src="https://a.org/b.png" alt="">', "refers to https://a.org/b.png"),
        ('<script src="x.js"></script>', "refers to x.js"),
        ('<link rel="stylesheet" href="x.css">', "refers to x.css"),
        ('<p onclick="f()">', "onclick='f()' in a tag"),
        ('<p style="color: red">', "style='color: red' in a tag"),
    ],
)
def test_what_lies_elsewhere_and_code_in_tags_are_refused(tag, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        pages.check_html(f"<main>{tag}</main>")


def test_what_a_page_holds_is_let_through():
    pages.check_html('<img src="data:image/png;base64,AA==" alt="x"><a href="#y">y</a><script>f()</script>')


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.25, "7.2 s"), (77, "1 min 17 s"), (3600, "1 h 0 min"), (18_750, "5 h 12 min")]
)
def test_durations_read_as_people_say_them(seconds, text):
    assert pages.duration(seconds) == text


def test_a_pictures_size_is_read_off_its_header(tmp_path):
    path = next(iter(page_world.write_figures(tmp_path).values()))
    assert pages.png_size(path.read_bytes()) == (640, 400)
    assert base64.b64decode(pages.embedded(b"abc", "text/csv").removeprefix("data:text/csv;base64,")) == b"abc"


@pytest.mark.parametrize(
    ("paper", "name", "text"),
    [
        ("thesis", "thesis_table_5_1", "Thesis: table 5.1"),
        ("thesis", "thesis_chapter_6", "Thesis: chapter 6"),
        ("latent_optimisation", "latent_optimisation_table_s1", "Latent optimisation: table S1"),
        ("slice_interpolation", "slice_interpolation_public_code", "Slice interpolation: public code"),
    ],
)
def test_names_of_tables_are_headed_as_their_papers_number_them(paper, name, text):
    assert heading(paper, name) == text


def test_every_study_is_of_a_known_paper_and_names_its_tables_and_figures_after_it():
    for name in registry.names("studies"):
        study = registry.entry("studies", name)
        assert study.paper in PAPERS
        assert all(entry.startswith(f"{study.paper}_") for entry in (*study.tables, *study.figures))
