"""Scores of images on the grid of thin slices."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.image_quality import ssim
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.super_resolution import NOTHING, Protocol
from cardioprior.store import Record

SLICES, FACTOR, SIZE = 4, 5, 16


def true() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.2, 0.8, (SLICES * FACTOR, SIZE, SIZE)).astype(np.float32)


def rows(made: np.ndarray, image: np.ndarray, own: int = SLICES) -> dict[str, MetricRow]:
    stack = np.zeros((SLICES, SIZE, SIZE), np.float32)
    case = Case(
        Record("a", {"upsampled": made}, {"seconds": 0.5}),
        Record("a", {"image": stack, "image_hr": image}, {"native": {"shape_zyx": [own, 20, 20]}}),
        lambda: pytest.fail("the subject's own images are not needed"),
        MetricRow(study="s", cohort="c", method="m", condition="x", subject="a"),
    )
    return {row.metric: row for row in Protocol().score(case)}


def test_the_same_image_has_a_similarity_of_one():
    found = rows(true(), true())
    assert found["ssim"].value == pytest.approx(1) and found["ssim_matched"].value == pytest.approx(1)
    assert found["ssim"].status == "ok" and found["ssim"].phase == "ED"
    assert found["inference_time"].value == 0.5


def test_similarity_is_the_mean_over_slices():
    made = true()
    made[:10] = 0.5
    wanted = (10 * 1 + sum(ssim(made[z], true()[z]) for z in range(10))) / 20
    assert rows(made, true())["ssim"].value == pytest.approx(wanted)


def test_another_scale_of_intensities_costs_similarity_and_none_once_it_is_matched():
    found = rows(0.5 * true() + 0.3, true())
    assert found["ssim"].value < 0.95
    assert found["ssim_matched"].value == pytest.approx(1, abs=1e-6)


def test_slices_that_the_stack_lacks_do_not_count():
    made = true()
    made[:5] = made[15:] = 0  # the first and the last thick slice's place
    assert rows(made, true(), own=2)["ssim"].value == pytest.approx(1)
    assert rows(made, true())["ssim"].value < 0.6


def test_slices_that_the_high_resolution_image_does_not_reach_do_not_count():
    image, made = true(), true()
    image[17:] = 0
    assert rows(made, image)["ssim"].value == pytest.approx(1)


def test_without_a_slice_in_common_there_is_no_figure_and_it_says_so():
    found = rows(true(), np.zeros_like(true()))
    assert math.isnan(found["ssim"].value) and math.isnan(found["ssim_matched"].value)
    assert found["ssim"].status == NOTHING
