"""Scores of segmentations on the grid of thin slices."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.stack_segmentation import Protocol
from cardioprior.store import Record

GRID = {"shape_zyx": [10, 12, 12], "affine": np.diag([1.5, 1.5, 2.0, 1.0]).tolist()}


def rows(found: np.ndarray, true: np.ndarray) -> dict[tuple[str, str], MetricRow]:
    case = Case(
        Record("a", {"labels": found}, {"seconds": 0.5}),
        Record("a", {"labels": true}, {"grid": GRID}),
        lambda: pytest.fail("the subject's own images are not needed"),
        MetricRow(study="s", cohort="c", method="m", condition="x", subject="a"),
    )
    return {(row.structure, row.metric): row for row in Protocol().score(case)}


def box(z: slice, value: int, inner: int = 0) -> np.ndarray:
    labels = np.zeros((10, 12, 12), np.uint8)
    labels[z, 2:8, 2:8] = value
    if inner:
        labels[z, 4:6, 4:6] = inner
    return labels


def test_a_box_that_is_a_slice_too_high_is_a_slice_off_and_overlaps_by_three_quarters():
    found = rows(box(slice(3, 7), 1), box(slice(2, 6), 1))
    assert found["LV", "dice"].value == pytest.approx(0.75)
    assert found["LV", "hausdorff_distance"].value == pytest.approx(2.0)
    assert found["LV", "hausdorff_distance"].unit == "mm"
    assert all(row.phase == "ED" for (structure, _), row in found.items() if structure)
    assert found["", "inference_time"].value == 0.5


def test_wall_and_cavity_as_one_do_not_mind_which_is_which():
    found = rows(box(slice(2, 6), 2, inner=1), box(slice(2, 6), 1, inner=2))
    assert found["LV+MYO", "dice"].value == 1
    assert found["LV", "dice"].value == found["MYO", "dice"].value == 0
    assert ("LV+MYO", "hausdorff_distance") not in found


def test_a_structure_that_was_not_found_has_no_distance_and_says_so():
    found = rows(box(slice(2, 6), 1), box(slice(2, 6), 2, inner=1))
    assert np.isnan(found["MYO", "mean_surface_distance"].value)
    assert found["MYO", "mean_surface_distance"].status != "ok"
