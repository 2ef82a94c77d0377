"""A data set on one page, with a picture a subject."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from matplotlib.image import imread

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding.accounts import QC_COLUMNS, SUBJECT_COLUMNS, VOLUMES, write_tsv
from cardioprior.onboarding.entry import config_block
from cardioprior.onboarding.page import by_group, histograms, usable, write_page
from cardioprior.onboarding.thumbnails import SIZE, write_thumbnail
from cardioprior.onboarding.volumes import measure
from tests.unit.cohorts.nifti_world import AFFINE, cine, heart


def view(labelled: bool = True) -> View:
    annotations = (
        Annotation(1, "ED", ("LV", "MYO", "RV"), heart(lv_half=2)),
        Annotation(3, "ES", ("LV", "RV"), np.where(heart(lv_half=1) == 2, 0, heart(lv_half=1)).astype(np.uint8)),
    )
    image = Volume(cine(4), AFFINE)
    return View("sax", image, (0, 1, 2, 3), 4, annotations=annotations if labelled else ())


def row(name: str, **cells: object) -> dict[str, str]:
    return {column: str(cells.get(column, "")) for column in SUBJECT_COLUMNS} | {"subject": name}


ROWS = [
    row("a", status="ok", group="NOR", views="sax", phases="ED|ES", phases_from="metadata", frames=30, slices=9,
        spacing_x_mm=1.5, spacing_z_mm=10, lv_ed_ml=100, lv_es_ml=40, lv_ef_percent=60),
    row("b", status="warning", group="NOR", views="sax", phases="ED", phases_from="volume", frames=1, slices=11,
        spacing_x_mm=1.5, spacing_z_mm=8, lv_ed_ml=140),
    row("c", status="ok", group="DCM", views="sax", phases="ED|ES", phases_from="metadata", frames=30, slices=10,
        spacing_x_mm=1.25, spacing_z_mm=10, edv_ml=250, esv_ml=200),
    row("d", status="excluded", group="DCM"),
]  # fmt: skip
QC = [("a", "ok", "", ""), ("b", "warning", "no_es", "b: <no> ES"), ("c", "ok", "", ""), ("d", "excluded", "x", "d: y")]


class Both:
    """A preparation that wants ED and ES."""

    @staticmethod
    def lacks(row: dict[str, str]) -> str:
        return "" if {"ED", "ES"} <= set(row["phases"].split("|")) else "has no labels at ES"


def test_volumes_are_those_of_the_labels_and_what_was_not_annotated_is_unknown() -> None:
    voxel_ml = 1.5 * 1.25 * 8 / 1000
    found = measure(view())
    assert set(found) == set(VOLUMES)
    assert found["lv_ed_ml"] == pytest.approx(4 * 16 * voxel_ml, abs=0.01)
    assert found["lv_es_ml"] == pytest.approx(4 * 4 * voxel_ml, abs=0.01)
    assert found["lv_ef_percent"] == 75
    assert found["lv_mass_g"] == pytest.approx(4 * 20 * voxel_ml * 1.05, abs=0.01)
    at_es_only = replace(view(), annotations=view().annotations[1:])
    assert measure(at_es_only)["lv_ed_ml"] is None and "lv_mass_g" not in measure(at_es_only)
    assert measure(replace(view(), role="la4ch")) == {}


def test_a_thumbnail_is_ed_beside_es_with_outlines(tmp_path: Path) -> None:
    write_thumbnail(tmp_path / "a.png", LoadedSubject(Subject("a", ()), {"sax": view()}))
    picture = (255 * imread(tmp_path / "a.png")[..., :3]).round().astype(int)
    assert picture.shape == (SIZE, 2 * SIZE, 3)
    red = (picture == (255, 65, 54)).all(axis=2)
    assert red[:, :SIZE].sum() > red[:, SIZE:].sum() > 0
    green = (picture == (46, 204, 64)).all(axis=2)
    assert green[:, :SIZE].any() and not green[:, SIZE:].any()


def test_a_thumbnail_without_labels_shows_the_frame_that_differs_most(tmp_path: Path) -> None:
    subject = LoadedSubject(Subject("a", ()), {"sax": view(labelled=False)})
    write_thumbnail(tmp_path / "a.png", subject)
    write_thumbnail(tmp_path / "b.png", subject)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    single = replace(view(labelled=False), image=Volume(cine(1), AFFINE), frame_numbers=(0,))
    write_thumbnail(tmp_path / "c.png", LoadedSubject(Subject("c", ()), {"sax": single}))
    assert imread(tmp_path / "c.png").shape[:2] == (SIZE, 2 * SIZE)


def test_groups_are_summed_up_with_what_is_stated_where_nothing_is_measured() -> None:
    table = {cells["group"]: cells for cells in by_group(ROWS)}
    assert list(table) == ["DCM", "NOR", "all"]
    assert (table["NOR"]["n"], table["NOR"]["lv_ed_ml"]) == ("2", "120.0 ± 28.3")
    assert (table["DCM"]["n"], table["DCM"]["lv_ed_ml"], table["DCM"]["lv_ef_percent"]) == ("1", "250.0", "")
    assert table["all"]["n"] == "3"


def test_what_can_be_run_is_counted_with_what_the_others_lack() -> None:
    assert usable(ROWS, Both) == {"n": 2, "lacking": [("has no labels at ES", 1)]}


def test_histograms_are_a_picture_unless_there_is_nothing_to_draw() -> None:
    assert histograms(ROWS).startswith(b"\x89PNG")
    assert histograms(ROWS[3:]) == b""


def test_the_page_has_it_all_and_loads_nothing(tmp_path: Path) -> None:
    write_tsv(tmp_path / "subjects.tsv", SUBJECT_COLUMNS, [list(row.values()) for row in ROWS])
    write_tsv(tmp_path / "qc.tsv", QC_COLUMNS, QC)
    write_thumbnail(tmp_path / "sub-a_thumbnail.png", LoadedSubject(Subject("a", ()), {"sax": view()}))
    block = config_block("mine", {"adapter": "acdc", "root": "/data"}, "it looks like acdc")
    about = {"cohort": "mine", "adapter": "acdc", "why": "it looks like acdc", "block": block}
    write_page(tmp_path / "subjects.tsv", tmp_path / "qc.tsv", tmp_path, about, {"s": Both}, tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "4 subjects found: 2 ok, 1 with warnings,\n1 excluded" in page
    assert "metadata (2), volume (1)" in page
    assert "b: &lt;no&gt; ES" in page
    assert page.count("<figure>") == 3 and page.count('<img src="data:image/png;base64,') == 1
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert yaml.safe_load(block) == {"cohorts": {"mine": {"adapter": "acdc", "root": "/data"}}}
