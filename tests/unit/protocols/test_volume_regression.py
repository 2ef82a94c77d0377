"""One subject's regressed volume and activation map, scored."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.volume_regression import Protocol
from cardioprior.store import Record

ROW = MetricRow(study="s", cohort="c", method="m", condition="clean", subject="007", group="DCM", fold="main")
SIZE = 40


def block(side: int, slices: int = 2) -> np.ndarray:
    mask = np.zeros((slices, SIZE, SIZE), bool)
    mask[:, 4 : 4 + side, 4 : 4 + side] = True
    return mask


def scored(predicted: dict[str, tuple[float, np.ndarray]], true: dict[str, tuple[float, np.ndarray]]):
    """predicted: by phase, volume and map. true: by phase, volume and LV mask, on pixels of 2 mm."""
    arrays, labels = {}, {}
    for phase, (volume, cam) in predicted.items():
        arrays |= {f"volume_{phase}": np.array(volume), f"cam_{phase}": cam}
        arrays[f"areas_{phase}"] = np.minimum(cam.sum(axis=(1, 2)), 625)
    for phase, (_, mask) in true.items():
        labels[f"labels_{phase}"] = np.where(mask, 1, 2).astype(np.uint8)
    meta = {
        "structures": {phase: ["LV"] if phase in true else [] for phase in predicted},
        "volumes_ml": {phase: {"LV": volume} for phase, (volume, _) in true.items()},
        "pixel_mm": 2.0,
        "voxel_volume_ml": 0.04,
    }
    case = Case(
        Record("007", arrays, {"seconds": 3.0}),
        Record("007", labels, meta),
        lambda: pytest.fail("no image is needed"),
        ROW,
    )
    return {(row.phase, row.metric): row for row in Protocol().score(case)}


def test_a_volume_has_its_reference_and_its_errors_with_and_without_sign():
    rows = scored({"ED": (90.0, block(4) * 1.0)}, {"ED": (120.0, block(4))})
    volume = rows["ED", "volume"]
    assert (volume.value, volume.reference, volume.unit, volume.structure) == (90, 120, "ml", "LV")
    errors = {m: rows["ED", f"volume_{m}_error"] for m in ("signed", "absolute", "relative")}
    assert {m: (row.value, row.unit) for m, row in errors.items()} == {
        "signed": (-30, "ml"),
        "absolute": (30, "ml"),
        "relative": (pytest.approx(25), "%"),
    }


def test_volumes_that_are_stated_are_scored_and_nothing_else():
    arrays = {"volume_ED": np.array(90.0), "cam_ED": block(4) * 1.0, "areas_ED": np.array([4, 4])}
    meta = {"structures": {"ED": ["LV"]}, "volumes_ml": {"ED": {"LV": 120.0}}}
    record = Record("007", {"image_ED": np.zeros((2, SIZE, SIZE))}, meta)
    case = Case(Record("007", arrays, {"seconds": 3.0}), record, lambda: pytest.fail("no image is needed"), ROW)
    rows = {row.metric: row for row in Protocol().score(case)}
    assert (rows["volume"].value, rows["volume"].reference) == (90, 120)
    errors = {f"volume_{kind}_error" for kind in ("signed", "absolute", "relative")}
    assert set(rows) == {"volume", *errors, "inference_time"}


def test_dice_is_that_of_the_map_above_nine_tenths_and_of_its_dilation():
    """4 x 4 of 8 x 8 pixels: Dice 2 x 16 / 80. Dilated by 2 on each side, 8 x 8 about it: the middle of the truth."""
    cam = np.zeros((2, SIZE, SIZE))
    cam[:, 6:10, 6:10] = 0.95
    rows = scored({"ED": (1.0, cam)}, {"ED": (1.0, block(8))})
    assert rows["ED", "dice_raw"].value == pytest.approx(32 / 80)
    assert rows["ED", "dice_dilated"].value == 1


def test_a_map_that_never_exceeds_nine_tenths_overlaps_nothing_and_says_so():
    rows = scored({"ED": (1.0, np.full((2, SIZE, SIZE), 0.5))}, {"ED": (1.0, block(8))})
    for metric in ("dice_raw", "dice_dilated"):
        assert (rows["ED", metric].value, rows["ED", metric].status) == (0, "missing in prediction")


def test_slices_beyond_the_box_are_counted_and_those_of_them_predicted_at_its_area():
    """26 x 26 true pixels in both slices are more than 25 x 25; one is predicted at the cap, one at 24 x 24. A slice of
    20 x 20 is none, whatever is predicted there."""
    cam = np.stack([block(26, 1)[0], block(24, 1)[0]]) * 1.0
    rows = scored({"ED": (1.0, cam), "ES": (1.0, block(30) * 1.0)}, {"ED": (1.0, block(26)), "ES": (1.0, block(20))})
    assert [rows[phase, "slices_beyond_cap"].value for phase in ("ED", "ES")] == [2, 0]
    assert [rows[phase, "slices_at_cap"].value for phase in ("ED", "ES")] == [1, 0]


def test_what_a_perfect_map_would_lose_to_the_box_is_told():
    """26 x 26 pixels lose 51 in each of two slices, .04 ml each; 20 x 20 lose none."""
    both = {"ED": (1.0, block(4) * 1.0), "ES": (1.0, block(4) * 1.0)}
    rows = scored(both, {"ED": (1.0, block(26)), "ES": (1.0, block(20))})
    lost = [rows[phase, "volume_lost_to_cap"] for phase in ("ED", "ES")]
    assert [(row.value, row.unit) for row in lost] == [(pytest.approx(2 * 51 * 0.04), "ml"), (0, "ml")]


def test_a_phase_whose_lv_was_not_annotated_gives_no_row():
    both = {"ED": (1.0, block(4) * 1.0), "ES": (1.0, block(4) * 1.0)}
    assert {phase for phase, _ in scored(both, {"ED": (1.0, block(4))})} == {"ED", ""}


def test_the_time_is_that_of_one_volume():
    both = {"ED": (1.0, block(4) * 1.0), "ES": (1.0, block(4) * 1.0)}
    truth = {"ED": (1.0, block(4)), "ES": (1.0, block(4))}
    assert scored(both, truth)["", "inference_time"].value == 1.5


def test_a_true_volume_of_nothing_has_no_relative_error():
    rows = scored({"ED": (1.0, block(4) * 1.0)}, {"ED": (0.0, block(0))})
    assert math.isnan(rows["ED", "volume_relative_error"].value)
