"""Pairs of values of the same subjects."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.paired import compare, signed_rank_p


def test_five_leads_of_different_size_have_the_smallest_p_that_five_can_have():
    found = compare([1.1, 2.2, 3.3, 4.4, 5.5], [1, 2, 3, 4, 5])
    assert (found.margin, found.n) == (pytest.approx(0.3), 5)
    assert found.p_value == pytest.approx(1 / 32)
    assert 0.1 <= found.low < 0.3 < found.high <= 0.5


def test_the_test_is_one_sided():
    assert compare([1, 2, 3, 4, 5], [1.1, 2.2, 3.3, 4.4, 5.5]).p_value == pytest.approx(1)


def test_a_pair_without_a_value_is_dropped_and_two_are_the_least():
    assert compare([1, np.nan, 3], [0, 0, 1]).n == 2
    lone = compare([1, np.nan], [0, 0])
    assert (lone.margin, lone.n) == (1, 1) and math.isnan(lone.p_value) and math.isnan(lone.low)
    same = compare([1, 2, 3], [1, 2, 3])
    assert same.margin == 0 and math.isnan(same.p_value)


def test_the_interval_is_the_same_every_time():
    rng = np.random.default_rng(0)
    values = rng.random(9)
    assert compare(values, np.zeros(9)) == compare(values, np.zeros(9))


def test_the_interval_does_not_jump_where_a_difference_changes_in_its_last_digits():
    differences = np.array([0.1, 0.2, 0.6])
    first = compare(differences, np.zeros(3))
    for seed in range(20):
        moved = compare(differences + 1e-9 * np.random.default_rng(seed).standard_normal(3), np.zeros(3))
        assert (moved.low, moved.high) == (pytest.approx(first.low, abs=1e-7), pytest.approx(first.high, abs=1e-7))


def test_a_two_sided_test_does_not_mind_which_comes_first():
    values, others = np.array([1.1, 2.2, 3.3, 4.4, 5.5]), np.arange(1.0, 6.0)
    assert signed_rank_p(values, others) == signed_rank_p(others, values) == pytest.approx(2 / 32)
    assert math.isnan(signed_rank_p(others, others)) and math.isnan(signed_rank_p(others[:1], values[:1]))
