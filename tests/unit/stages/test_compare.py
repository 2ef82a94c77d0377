"""Two small runs: what changed between them in a table and in the claims."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from cardioprior.errors import CardioPriorError
from cardioprior.metrics.rows import MetricRow, write_rows
from cardioprior.report.claims import COLUMNS
from cardioprior.stages import compare, table
from tests.unit.report.page_world import FORMATS, claim, write_claims

ROW = MetricRow(study="thesis_segmentation", cohort="acdc", method="3D U-net", condition="clean", fold="main",
                metric="dice", structure="LV", phase="ED")  # fmt: skip


def run_of(folder: Path, rows: list[MetricRow], claims: tuple[dict[str, str], ...] = ()) -> Path:
    """A run's folder with table 5.1, its rows and claims."""
    metrics = folder / "metrics" / "thesis_segmentation" / "rows.csv"
    write_rows(metrics, rows)
    out = {suffix: folder / "tables" / f"thesis_table_5_1.{suffix}" for suffix in FORMATS}
    table.run("thesis_table_5_1", [metrics], ["3D U-net"], "main", "", {"seed": 0, "config_digest": "c" * 16}, out)
    write_claims(folder / "claims.csv", claims)
    return folder


def dices(*values: float, structure: str = "LV", **columns: str) -> list[MetricRow]:
    return [
        replace(ROW, subject=f"s{n}", value=value, structure=structure, **columns) for n, value in enumerate(values)
    ]


@pytest.fixture
def compared(tmp_path: Path):
    """LV better in each of eight, MYO in four and worse in four, RV the same; whole only before, at ES only after."""
    before = [
        *dices(*(0.5 + n / 100 for n in range(8))),
        *dices(*(0.5 + n / 100 for n in range(8)), structure="MYO"),
        *dices(*(0.5 + n / 100 for n in range(8)), structure="RV"),
        *dices(0.5, structure="whole"),
        replace(ROW, metric="training_time", value=1.0, structure="", phase=""),
    ]
    after = [
        *dices(*(0.6 + n / 100 for n in range(8))),
        *dices(*(0.5 + n / 100 + (0.1 if n % 2 else -0.1) for n in range(8)), structure="MYO"),
        *dices(*(0.5 + n / 100 for n in range(8)), structure="RV"),
        *dices(0.5, phase="ES"),
        replace(ROW, metric="training_time", value=2.0, structure="", phase=""),
    ]
    a = run_of(tmp_path / "a", before, (claim(), claim(claim="2", paper="acnn", verdict="inconclusive")))
    b = run_of(
        tmp_path / "b", after, (claim(verdict="not reproduced"), claim(claim="2", paper="acnn", verdict="inconclusive"))
    )
    out = {"tables": tmp_path / "c.csv", "claims": tmp_path / "v.csv", "page": tmp_path / "index.html"}
    compare.run(a, b, out)
    return out


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_figures_stand_beside_each_other_with_their_difference_and_interval(compared):
    rows = {(r["condition"], r["structure"], r["metric"]): r for r in read(compared["tables"])}
    lv = rows["ED", "LV", "mean_dice"]
    assert (float(lv["a"]), float(lv["b"]), float(lv["difference"])) == pytest.approx((0.535, 0.635, 0.1))
    assert (float(lv["shared_difference"]), float(lv["low"]), float(lv["high"])) == pytest.approx((0.1, 0.1, 0.1))
    assert (lv["shared"], lv["outcome"]) == ("8", "differs")


def test_what_goes_up_and_down_alike_is_not_told_apart_and_what_is_the_same_is_equal(compared):
    rows = {(r["condition"], r["structure"], r["metric"]): r for r in read(compared["tables"])}
    muscle = rows["ED", "MYO", "mean_dice"]
    assert muscle["outcome"] == "not told apart" and float(muscle["low"]) < 0 < float(muscle["high"])
    assert rows["ED", "RV", "mean_dice"]["outcome"] == "equal"


def test_figures_of_one_run_alone_and_figures_of_no_subject_are_said_to_be_so(compared):
    outcomes = {(r["condition"], r["structure"], r["metric"]): r["outcome"] for r in read(compared["tables"])}
    assert outcomes["ED", "whole", "dice"] == "only in a" and outcomes["ES", "LV", "dice"] == "only in b"
    assert outcomes["", "", "training_time"] == "no interval"


def test_a_verdict_that_changed_is_marked_and_shown_and_others_are_not(compared):
    rows = {row["claim"]: (row["a"], row["b"], row["changed"]) for row in read(compared["claims"])}
    assert rows == {"1": ("reproduced", "not reproduced", "yes"), "2": ("inconclusive", "inconclusive", "")}
    page = compared["page"].read_text(encoding="utf-8")
    assert "✗ not reproduced" in page and "Verdicts that changed" in page and "? inconclusive" not in page


def test_claims_are_compared_where_one_run_judged_none(tmp_path):
    a, b = run_of(tmp_path / "a", dices(0.5)), run_of(tmp_path / "b", dices(0.5), (claim(),))
    (a / "claims.csv").unlink()
    assert [(row.a, row.b, row.changed) for row in compare.verdict_rows(a, b)] == [("", "reproduced", "yes")]
    assert set(COLUMNS) >= {"claim", "paper", "cohort", "part", "verdict"}


def test_a_folder_without_tables_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CardioPriorError, match=r"empty: holds no tables; wanted the folder of a run"):
        compare.run(run_of(tmp_path / "a", dices(0.5)), tmp_path / "empty", {})
