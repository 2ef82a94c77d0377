"""Made and reconstructed slices, scored one by one."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.slice_synthesis import Protocol
from cardioprior.store import Record

SIZE, CROP = 40, 32
ROW = MetricRow(study="s", cohort="c", method="m", condition="every-other-slice", subject="007", fold="main")


def scored(made: np.ndarray, true: np.ndarray, regions=(3, 2, 1)) -> list[MetricRow]:
    reference = {"reference_ED": true, "regions_ED": np.array(regions, np.uint8), "image_ED": true[::2]}
    prediction = Record("007", {"stack_ED": made}, {"seconds": 1.0})
    case = Case(prediction, Record("007", reference, {"crop": CROP}), lambda: pytest.fail("no image is needed"), ROW)
    return list(Protocol().score(case))


def picture() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.2, 0.7, (3, SIZE, SIZE))


def test_a_left_out_slice_is_synthesised_and_a_kept_one_reconstructed():
    rows = [row for row in scored(picture() + 0.1, picture()) if row.metric == "psnr"]
    assert [(row.slice, row.condition, row.structure, row.phase) for row in rows] == [
        ("0", "reconstructed", "apical", "ED"),
        ("1", "synthesised", "mid", "ED"),
        ("2", "reconstructed", "basal", "ED"),
    ]
    assert [row.value for row in rows] == pytest.approx([20, 20, 20])
    assert {row.unit for row in rows} == {"dB"}


def test_kept_slices_that_were_handed_through_have_no_rows():
    made = picture()
    made[1] += 0.1
    rows = scored(made, picture())
    assert {row.slice for row in rows if row.metric != "inference_time"} == {"1"}
    assert {row.metric for row in rows} == {
        "ssim", "psnr", "vif", "ssim_public_code", "vif_public_code", "inference_time",
    }  # fmt: skip


def test_only_the_middle_of_the_images_counts_and_values_beyond_the_range_are_clamped():
    made = picture()
    made[:, :4] = 9
    made[1] += 0.1
    (row,) = [row for row in scored(made, picture()) if row.metric == "psnr"]
    assert row.value == pytest.approx(20)
    white, glaring = np.ones((3, SIZE, SIZE)), np.ones((3, SIZE, SIZE))
    glaring[1] = 6
    assert [row.value for row in scored(glaring, white) if row.metric == "psnr"] == [np.inf]


def test_each_cavity_that_a_slice_shows_has_its_own_error():
    """The LV is .2 off and the RV .05, in the one slice that was left out; the first slice shows the LV alone."""
    labels = np.zeros((3, SIZE, SIZE), np.uint8)
    labels[:2, 10:20, 10:20], labels[1, 10:20, 24:30] = 1, 3
    made = picture()
    made[1][labels[1] == 1] += 0.2
    made[1][labels[1] == 3] -= 0.05
    reference = {"reference_ED": picture(), "labels_ED": labels}
    case = Case(Record("007", {"stack_ED": made}, {"seconds": 1.0}), Record("007", reference, {"crop": CROP}),
                lambda: pytest.fail("no image is needed"), ROW)  # fmt: skip
    rows = [row for row in Protocol().score(case) if row.metric == "absolute_error"]
    assert [(row.slice, row.structure) for row in rows] == [("1", "LV"), ("1", "RV")]
    assert [row.value for row in rows] == pytest.approx([0.2, 0.05])
