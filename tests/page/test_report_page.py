"""The report as a browser shows it: its figures, its size, who may use it, and what it asks the world for."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cardioprior import registry
from cardioprior.stages import compare
from cardioprior.tables.contract import Column
from cardioprior.tables.render import P_VALUES
from tests.page.chromium import FOUND, WITHOUT, Page, chromium
from tests.unit.report import page_world
from tests.unit.stages.test_compare import run_of
from tests.unit.tables.test_tables import ALL_ROWS, METHODS

ROOT = Path(__file__).parents[2]
#: axe-core's script, which `make axe` fetches
AXE = Path(os.environ.get("AXE_CORE", ROOT / ".venv" / "axe.min.js"))
TABLES = registry.names("tables")
WIDTHS = (390, 1440)
BROWSED = "document.getElementById('browser-thesis_segmentation')"
#: of a table's article: each block's caption, column headings and lines of cells
READ = """[...document.querySelectorAll('#table-NAME table')].map(table => [
  table.caption.textContent,
  [...table.tHead.rows[0].cells].slice(1).map(cell => cell.textContent),
  [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText))])"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(FOUND is None, reason=WITHOUT)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with every study on its page."""
    folder = tmp_path_factory.mktemp("run")
    page_world.whole_page(folder)
    return folder


@pytest.fixture(scope="module")
def tab(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        page.open(folder / "report" / "index.html", WIDTHS[1])
        yield page


@pytest.fixture
def page(tab: Page, folder: Path) -> Page:
    """The page, opened anew."""
    tab.events.clear()
    tab.open(folder / "report" / "index.html", WIDTHS[1])
    return tab


def first_number(text: str) -> float:
    found = re.search(r"-?\d+(\.\d+)?(e-?\d+)?", text)
    return float(found[0]) if found else math.nan


def agrees(text: str, row: dict[str, str], column: Column) -> bool:
    """Whether a cell begins with the csv's figure, to the decimals that are shown."""
    if not row["centre"]:
        return not re.match(r"-?\d", text)
    centre = float(row["centre"]) * column.scale
    if row["statistic"].startswith(P_VALUES):
        return math.isclose(first_number(text), float(row["centre"]), rel_tol=0.06)
    return abs(first_number(text) - centre) <= 0.5001 * 10**-column.decimals


@pytest.mark.parametrize("name", TABLES)
def test_every_studys_table_is_there_with_the_numbers_of_its_csv(tab: Page, folder: Path, name: str) -> None:
    with (folder / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = {tuple(r[k] for k in ("method", "condition", "structure", "metric")): r for r in csv.DictReader(file)}
    shown = tab.run(READ.replace("NAME", name))
    panels = {panel.heading: panel for panel in registry.entry("tables", name)().panels(METHODS[name])}
    assert shown and {caption for caption, *_ in shown} <= set(panels)
    checked = 0
    for caption, headings, lines in shown:
        panel = panels[caption]
        assert headings == [column.heading for column in panel.columns]
        by_heading = {heading: (method, condition) for heading, method, condition in panel.lines}
        for heading, *cells in lines:
            for text, column in zip(cells, panel.columns, strict=True):
                row = rows.get((*by_heading[heading], column.structure, column.metric))
                assert (text == "–") if row is None else agrees(text, row, column), (caption, heading, text, row)
                checked += row is not None
    assert checked


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_out_of_the_page(tab: Page, folder: Path, width: int) -> None:
    tab.open(folder / "report" / "index.html", width)
    assert tab.run("document.documentElement.scrollWidth") <= width
    wider = "[...document.querySelectorAll('body *')].filter(one => !one.closest('.wide *, .skip, .unseen') && "
    wider += "one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"
    assert tab.run(wider) == []


def test_nothing_runs_out_of_a_printed_sheet(page: Page, folder: Path) -> None:
    """A4 with the margins that browsers leave: 19 cm at 96 pixels an inch."""
    page.open(folder / "report" / "index.html", 718)
    page.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert page.run("document.documentElement.scrollWidth") <= 718
        assert page.run("getComputedStyle(document.getElementById('sources')).display") == "none"
    finally:
        page.call("Emulation.setEmulatedMedia", media="")


def test_no_error_and_no_request_leaves_the_page(page: Page, folder: Path) -> None:
    page.run(f"{BROWSED}.scrollIntoView()")
    page.run(f"{BROWSED}.querySelectorAll('select, input').forEach(one => one.dispatchEvent(new Event('change')))")
    assert page.complaints() == []
    assert set(page.requests()) == {(folder / "report" / "index.html").resolve().as_uri()}


def test_a_script_that_someone_else_puts_there_does_not_run(page: Page) -> None:
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.bad = 1'}))")
    assert page.run("typeof window.bad") == "undefined"
    assert any("Content Security Policy" in text for text in page.complaints())


def test_the_first_tab_stop_leads_past_the_contents(page: Page) -> None:
    page.press("Tab")
    assert page.run("document.activeElement.className") == "skip"
    assert page.run("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter")
    assert page.run("location.hash") == "#content"


def test_a_link_to_a_file_opens_it(page: Page) -> None:
    page.run("document.querySelector('#table-thesis_table_5_1 .made a').click()")
    page.run("new Promise(done => setTimeout(done, 50))")
    code = "document.getElementById('source-tables-thesis_table_5_1')"
    assert page.run(f"{code}.closest('details').open")
    assert page.run(f"{code}.textContent").startswith('"""Thesis, table 5.1')


# --- segmentations to look through


def state(page: Page) -> str:
    """What the browser says it shows, once it is drawn."""
    page.run("new Promise(done => setTimeout(done, 50))")
    return str(page.run(f"{BROWSED}.querySelector('[role=status]').textContent"))


def colour(page: Page, row: float, column: float) -> list[int]:
    """Red, green and blue in the middle of a pixel of the image (fractions lie within it)."""
    side = page_world.SIDE
    page.run("new Promise(done => setTimeout(done, 50))")
    where = f"({column} + .5) / {side} * one.width, ({row} + .5) / {side} * one.height"
    draw = f"(one => [...one.getContext('2d').getImageData({where}, 1, 1).data].slice(0, 3))"
    return list(page.run(f"{draw}({BROWSED}.querySelector('canvas'))"))


def choose(page: Page, controls: str, which: int, value: int) -> None:
    """Sets a control as a person does: that of a number among those of a kind."""
    change = "one.dispatchEvent(new Event('input')); one.dispatchEvent(new Event('change'))"
    page.run(f"(one => {{ one.value = {value}; {change} }})({BROWSED}.querySelectorAll('{controls}')[{which}])")


def tick(page: Page, name: str) -> None:
    page.run(f"{BROWSED}.querySelector('[name^={name}]').click()")


def test_the_worst_subject_comes_first(page: Page) -> None:
    assert (
        state(page) == "b (NOR), worst 1 of 3, mean Dice 0.250; ED, slice 2 of 3. True MYO was not drawn in this frame."
    )
    assert page.run(f"{BROWSED}.querySelectorAll('select')[1].options.length") == 3


def test_labels_lie_over_the_image_where_they_are_and_the_right_way_up(page: Page) -> None:
    """The heart has rows 2 to 5, and columns 2 to 5 in truth; it was predicted three columns further on."""
    state(page)
    bright, dark = colour(page, 3, 3), colour(page, 9, 3)
    assert bright[0] == bright[1] == bright[2] > 100 and dark == [0, 0, 0]  # only outlined there; nothing lower down
    red, green, blue = colour(page, 3, 7)  # predicted alone, over black
    assert red > 50 and red > 2 * green and red > 2 * blue
    assert colour(page, 3, 1.52)[0] > 200  # the outline of the truth, on its left edge
    assert colour(page, 9, 7) == [0, 0, 0]


def test_slices_scroll_by_slider_wheel_and_arrows_and_stop_at_the_ends(page: Page) -> None:
    state(page)
    middle = colour(page, 3, 3)
    page.run(f"{BROWSED}.querySelector('canvas').focus()")
    page.press("ArrowUp")
    assert "slice 3 of 3" in state(page)
    page.press("ArrowUp")
    assert "slice 3 of 3" in state(page)
    assert colour(page, 3, 7) == [0, 0, 0]  # nothing is labelled in the last slice
    assert colour(page, 3, 3)[0] > middle[0]
    page.run(f"{BROWSED}.querySelector('canvas').dispatchEvent(new WheelEvent('wheel', {{deltaY: -1}}))")
    assert "slice 2 of 3" in state(page)
    choose(page, "[type=range]", 0, 0)
    assert "slice 1 of 3" in state(page)


def test_frames_change_by_arrows_and_say_what_was_not_drawn_in_them(page: Page) -> None:
    state(page)
    page.run(f"{BROWSED}.querySelector('canvas').focus()")
    page.press("ArrowRight")
    assert "ES, slice 2 of 3. True MYO, RV was not drawn in this frame." in state(page)
    page.press("ArrowLeft")
    assert "; ED, slice 2 of 3. True MYO was not drawn" in state(page)


def test_labels_go_and_come_all_or_by_kind(page: Page) -> None:
    state(page)
    assert colour(page, 3, 7) != [0, 0, 0]
    tick(page, "predicted")
    assert colour(page, 3, 7) == [0, 0, 0] and colour(page, 3, 1.52)[0] > 200
    tick(page, "true")
    assert colour(page, 3, 1.52)[0] < 200
    page.run(f"{BROWSED}.querySelector('canvas').focus()")
    page.press("l")
    assert colour(page, 3, 7) != [0, 0, 0]
    tick(page, "LV")
    assert colour(page, 3, 7) == [0, 0, 0]


def test_another_subject_and_another_method_are_shown(page: Page) -> None:
    choose(page, "select", 1, 2)
    assert state(page).startswith("a (NOR), worst 3 of 3, mean Dice 1.000")
    choose(page, "select", 0, 1)
    assert state(page).startswith("b (NOR), worst 1 of 3")
    assert page.run(f"{BROWSED}.querySelector('canvas').getAttribute('aria-label')").startswith("PSPU-net: b (NOR)")


# --- who may use it


def serious(tab: Page) -> list[object]:
    """What axe holds to be serious or worse."""
    tab.run(AXE.read_text(encoding="utf-8") + "; 0")
    about = "[one.impact, one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]"
    found = tab.run(f"axe.run().then(found => found.violations.map(one => {about}))")
    return [violation for violation in found if violation[0] in ("serious", "critical")]


@pytest.mark.skipif(not AXE.is_file(), reason=f"{AXE} is not there: `make axe` fetches it")
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_serious_violation(tab: Page, folder: Path, width: int) -> None:
    tab.open(folder / "report" / "index.html", width)
    assert serious(tab) == []


@pytest.mark.skipif(not AXE.is_file(), reason=f"{AXE} is not there: `make axe` fetches it")
def test_a_comparison_holds_what_it_needs_and_fits_and_axe_finds_nothing_serious_in_it(tab: Page, tmp_path) -> None:
    rows = [[replace(row, value=row.value + up) for row in ALL_ROWS["thesis_table_5_1"]()] for up in (0, 0.1)]
    out = {"tables": tmp_path / "tables.csv", "claims": tmp_path / "claims.csv", "page": tmp_path / "index.html"}
    compare.run(*(run_of(tmp_path / name, of_run) for name, of_run in zip("ab", rows, strict=True)), out)
    for width in WIDTHS:
        tab.events.clear()
        tab.open(out["page"], width)
        assert tab.run("document.documentElement.scrollWidth") <= width
        assert serious(tab) == [] and tab.complaints() == []
        assert tab.requests() == [out["page"].resolve().as_uri()]
