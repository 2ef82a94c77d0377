"""Differences of a figure between two samples of the same subjects."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.resampling import Sample, difference

NAMES = np.array(list("abcdefgh"))


def sample(values: np.ndarray, names: np.ndarray = NAMES, centre=np.mean) -> Sample:
    return Sample(names, np.asarray(values, float).reshape(len(names), -1), centre)


def test_a_shift_of_every_subject_is_found_without_doubt():
    found = difference(sample(np.arange(8)), sample(np.arange(8) + 0.5))
    assert (found.value, found.low, found.high, found.n) == (0.5, 0.5, 0.5, 8)


def test_the_interval_is_that_of_the_mean_of_paired_differences():
    """Differences of SD s over n subjects: the interval is near 1.96 s / sqrt(n) to either side."""
    rng = np.random.default_rng(1)
    names = np.array([f"s{n}" for n in range(100)])
    before = rng.normal(0, 10, 100)  # what both share cancels out
    change = rng.normal(1, 2, 100)
    found = difference(sample(before, names), sample(before + change, names))
    half = 1.96 * change.std(ddof=1) / 10
    assert found.value == pytest.approx(change.mean())
    assert (found.low, found.high) == pytest.approx((change.mean() - half, change.mean() + half), abs=0.1)


def test_only_shared_subjects_count_in_any_order():
    a = sample(np.arange(8))
    b = sample(np.r_[1.0, 100.0 + np.arange(7)], np.array(["h", *"xyzuvwa"]))
    found = difference(a, b)  # shared are a (0 and 106) and h (7 and 1)
    assert (found.value, found.n) == ((106 + 1) / 2 - (0 + 7) / 2, 2)


def test_few_subjects_have_a_difference_and_no_interval():
    found = difference(sample(np.arange(5), NAMES[:5]), sample(np.ones(5), NAMES[:5]))
    assert found.value == -1 and math.isnan(found.low) and math.isnan(found.high)


def test_nobody_shared_is_nothing():
    found = difference(sample(np.arange(2), NAMES[:2]), sample(np.arange(2), NAMES[2:4]))
    assert math.isnan(found.value) and found.n == 0


def test_a_subject_is_drawn_with_all_of_its_rows():
    """Two rows a subject that sum to 0: whoever is drawn, the sum over rows is 0."""
    names = np.repeat(NAMES, 2)
    rows = np.tile([-1.0, 1.0], 8) * np.repeat(np.arange(8), 2)
    found = difference(sample(rows, names, np.sum), sample(2 * rows, names, np.sum))
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_figures_of_pairs_are_drawn_as_pairs():
    pairs = np.stack([np.arange(8.0), np.arange(8.0)], axis=1)
    found = difference(
        sample(pairs, centre=lambda p: (p[:, 0] - p[:, 1]).mean()),
        sample(pairs + np.array([1, 0]), centre=lambda p: (p[:, 0] - p[:, 1]).mean()),
    )
    assert (found.value, found.low, found.high) == (1, 1, 1)
