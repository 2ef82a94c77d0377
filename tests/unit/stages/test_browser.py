"""What the page lets people look at: whom, in which order, and the labels of whom."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cardioprior.metrics.rows import MetricRow, read_rows, write_rows
from cardioprior.stages import browser
from tests.unit.report.page_world import SIDE, SLICES, predicted, square
from tests.unit.report.test_pictures import unpacked


def scored(tmp_path, values: dict[str, float]):
    rows = [MetricRow(subject=s, structure="LV", metric="dice", value=value) for s, value in values.items()]
    rows.append(MetricRow(subject="s0", structure="whole", metric="dice", value=0.0))  # no structure of its own
    write_rows(tmp_path / "rows.csv", rows)
    return browser.to_look_at(read_rows([tmp_path / "rows.csv"]))


def test_the_six_worst_come_first_and_three_about_the_median_follow(tmp_path):
    found = scored(tmp_path, {f"s{n}": n / 20 for n in range(20)})
    assert list(found) == ["s0", "s1", "s2", "s3", "s4", "s5", "s8", "s9", "s10"]
    assert found["s1"] == {"heading": "s1, worst 2 of 20", "dice": 0.05}
    assert found["s9"]["heading"] == "s9, about the median of 20"


def test_of_few_subjects_each_comes_once(tmp_path):
    assert list(scored(tmp_path, {"s0": 0.9, "s1": 0.1})) == ["s1", "s0"]


def test_a_subject_without_any_dice_is_not_among_them(tmp_path):
    assert list(scored(tmp_path, {"s0": float("nan"), "s1": 0.1})) == ["s1"]


@pytest.fixture
def written(tmp_path):
    browser.run("segmentation", [predicted(tmp_path), predicted(tmp_path, "PSPU-net")], tmp_path / "b.json")
    return json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))


def test_each_method_has_its_subjects_with_predicted_and_true_labels_of_each_frame(written):
    assert [method["title"] for method in written["methods"]] == ["3D U-net", "PSPU-net"]
    worst = written["methods"][0]["subjects"][0]
    assert (worst["heading"], worst["dice"]) == ("b (NOR), worst 1 of 3", 0.25)
    assert [frame["heading"] for frame in worst["frames"]] == ["ED", "ES"]
    found = unpacked(worst["frames"][0]["labels"]).reshape(SLICES, SIDE, SIDE)
    assert (found == square(1, off=3)).all()
    image = written["images"][worst["frames"][0]["image"]]
    assert (image["slices"], image["height"], image["width"], image["aspect"]) == (SLICES, SIDE, SIDE, 1.0)
    assert (unpacked(image["truth"]).reshape(SLICES, SIDE, SIDE) == square(1)).all()
    assert image["structures"] == ["LV", "RV"]


def test_methods_share_their_subjects_images(written):
    assert set(written["images"]) == {f"acdc/{subject}/{frame}" for subject in "abc" for frame in ("ED", "ES")}


def test_two_cohorts_are_told_apart(tmp_path):
    (tmp_path / "two").mkdir()
    both = [predicted(tmp_path), predicted(tmp_path / "two", cohort="phantom")]
    browser.run("segmentation", both, tmp_path / "b.json")
    titles = [one["title"] for one in json.loads((tmp_path / "b.json").read_text())["methods"]]
    assert titles == ["3D U-net, acdc", "3D U-net, phantom"]
    assert np.unique(titles).size == 2
