"""Scores of segmentations from a few lines: by number of lines, over repeated masks, over subjects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.kspace import Protocol
from cardioprior.store import Record

SLICES, LINES, SIDE = 3, 16, 16
GRID = {"shape_zyx": [SLICES, LINES, SIDE], "affine": np.diag([2.0, 2.0, 10.0, 1.0]).tolist()}


def square(value: int, rows: slice = slice(4, 8), columns: slice = slice(4, 8)) -> np.ndarray:
    labels = np.zeros((SLICES, LINES, SIDE), np.uint8)
    labels[:, rows, columns] = value
    return labels


def case(prediction: dict[str, np.ndarray], truth: dict[str, np.ndarray], condition: str, subject: str = "a") -> Case:
    """Truth by phase; two frames, ED the first and ES the second."""
    labels = np.stack([truth["ED"], truth["ES"]], axis=1)
    phases = np.zeros((2, SLICES, 2), np.int16)
    phases[..., 0], phases[1, :, 1] = np.arange(SLICES), 1
    arrays = {"cines": np.zeros(labels.shape, np.float16), "cine_labels": labels, "phases": phases}
    about = {"voxel_ml": 0.04, "grid": GRID, "structures": ["LV", "MYO", "RV"]}
    row = MetricRow(study="kspace", cohort="c", method="m", condition=condition, subject=subject)
    return Case(Record(subject, prediction, {"seconds": 0.5}), Record(subject, arrays, about),
                lambda: pytest.fail("no image"), row)  # fmt: skip


def curve() -> dict[tuple[str, str, str, str], MetricRow]:
    """In truth the LV shrinks from 8 to 4 columns of 4 rows; with 2 lines it is found 2 columns too narrow at ED, with
    all lines it is found as it is."""
    truth = {"ED": square(1, columns=slice(4, 12)), "ES": square(1)}
    narrow = square(1, columns=slice(4, 10))
    found = {"labels_ED": np.stack([narrow, truth["ED"]]), "labels_ES": np.stack([truth["ES"]] * 2),
             "lines": np.array([2, LINES])}  # fmt: skip
    rows = list(Protocol().score(case(found, truth, "lines")))
    return {(row.condition, row.structure, row.phase, row.metric): row for row in rows}


def test_rows_stand_under_their_number_of_lines():
    rows = curve()
    assert {condition for condition, *_ in rows} == {"2 lines", "fully sampled", "lines"}
    assert rows["2 lines", "LV", "ED", "dice"].value == pytest.approx(2 * 6 / (6 + 8))
    assert rows["fully sampled", "LV", "ED", "dice"].value == 1
    assert rows["lines", "", "", "inference_time"].value == 0.5


def test_volumes_are_voxels_in_ml_beside_the_true_ones_and_ef_follows():
    rows = curve()
    volume = rows["2 lines", "LV", "ED", "volume"]
    assert (volume.value, volume.reference, volume.unit) == (pytest.approx(72 * 0.04), pytest.approx(96 * 0.04), "ml")
    ef = rows["2 lines", "LV", "", "ejection_fraction"]
    assert (ef.value, ef.reference) == (pytest.approx(100 * (72 - 48) / 72), pytest.approx(50))


def test_a_structure_that_is_nowhere_has_no_dice_and_says_so():
    row = curve()["2 lines", "RV", "ED", "dice"]
    assert np.isnan(row.value) and row.status == "absent in both"


def softmax(labels: np.ndarray) -> np.ndarray:
    """One-hot (1, z, classes, y, x)."""
    return np.moveaxis(np.eye(4)[labels], -1, 1)[None].astype(np.float16)


def repeated(mean_column: int, subject: str, codes: float = 0.0) -> Case:
    """Two masks of 2 lines: one finds the mean shape, the other lies a row (2 mm) lower."""
    mean = square(2, columns=slice(mean_column, mean_column + 4))
    lower = square(2, rows=slice(5, 9), columns=slice(mean_column, mean_column + 4))
    spread = np.array([0.0, 0.1, 5.0])[:, None, None] + codes + np.zeros((3, SLICES, 2))
    prediction = {"lines": np.array([2, 2, LINES]), "mean_lines": np.array([2, LINES]), "codes": spread}
    for phase in ("ED", "ES"):
        prediction[f"labels_{phase}"] = np.stack([mean, lower, mean])
        prediction[f"mean_{phase}"] = np.concatenate([softmax(mean)] * 2)
    return case(prediction, {"ED": mean, "ES": mean}, "repeated-masks", subject)


def test_within_a_subject_every_mask_is_compared_with_the_mean_shape_in_the_plane():
    rows = [row for row in Protocol().score(repeated(4, "a")) if row.metric == "hausdorff_within"]
    myocardium = {(r.draw, r.slice, r.phase): r.value for r in rows if r.structure == "MYO"}
    assert {value for (draw, *_), value in myocardium.items() if draw == "0"} == {0.0}
    assert {value for (draw, *_), value in myocardium.items() if draw == "1"} == {2.0}
    assert len(myocardium) == 2 * 3 * 2  # masks, slices, phases; the fully sampled image is one draw, so not compared
    assert {row.condition for row in rows} == {"2 lines"}


def together(*cases: Case) -> list[MetricRow]:
    def again() -> Iterator[Case]:
        return iter(cases)

    return list(Protocol().score_together(again))


def test_between_subjects_the_mean_shape_of_all_is_compared_with_each_subjects():
    """Two subjects have the mean shape at column 4, one at column 7: the class of the larger sum is the first's, and
    the third lies three columns (6 mm) off."""
    rows = [row for row in together(repeated(4, "a"), repeated(4, "b"), repeated(7, "c"))
            if row.metric == "hausdorff_between" and row.structure == "MYO" and row.condition == "2 lines"]  # fmt: skip
    by_subject = {subject: {row.value for row in rows if row.subject == subject} for subject in "abc"}
    assert by_subject == {"a": {0.0}, "b": {0.0}, "c": {6.0}}


def test_codes_that_lie_by_subject_have_a_silhouette_near_one_by_subject_alone():
    cases = [repeated(4, "a"), repeated(4, "b", codes=50.0)]
    rows = together(*cases)
    by_subject = {row.subject: row for row in rows if row.metric == "silhouette_by_subject"}
    assert sorted(by_subject) == ["a", "b"] and all(row.value > 0.99 for row in by_subject.values())
    assert {row.condition for row in by_subject.values()} == {"all lines"}
    assert {row.status for row in rows if row.metric == "silhouette_by_lines"} == {"one cluster"}


def test_codes_are_as_far_from_their_mean_as_subjects_lie_apart():
    """Codes of two numbers, 50 apart in each, of two subjects: 25 root 2 from the middle."""
    rows = [row for row in together(repeated(4, "a"), repeated(4, "b", codes=50.0)) if row.metric == "code_spread"]
    assert {(row.subject, row.condition) for row in rows} == {("a", "2 lines"), ("b", "2 lines")}
    assert [row.value for row in rows] == pytest.approx([25 * 2**0.5] * 2, rel=1e-4)


def test_nobody_has_no_rows():
    assert together() == []


def test_people_look_at_the_fewest_a_middle_and_the_largest_number_of_lines_over_the_fully_sampled_image():
    truth = {"ED": square(1, columns=slice(4, 12)), "ES": square(1)}
    found = {f"labels_{phase}": np.stack([square(value) for value in (3, 1, 2, 0)]) for phase in ("ED", "ES")}
    its_case = case({**found, "lines": np.array([8, 2, LINES, 4])}, truth, "lines")
    shown = list(Protocol().shown(its_case))
    assert [(one.frame, one.variant) for one in shown[:3]] == [
        ("ED", "2 lines"),
        ("ED", "8 lines"),
        ("ED", "fully sampled"),
    ]
    assert [int(one.labels.max()) for one in shown[:3]] == [1, 3, 2]
    assert all((one.truth == truth[one.frame]).all() for one in shown) and len(shown) == 6
    assert shown[0].spacing_yx_mm == (2.0, 2.0)
