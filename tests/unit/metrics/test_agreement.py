"""Bland-Altman, correlation and regression on a handful of pairs."""

from __future__ import annotations

import math
import warnings
from dataclasses import astuple

import numpy as np
import pytest

from cardioprior.metrics.agreement import bland_altman, correlation, regression_line


def test_differences_of_one_two_and_three_have_bias_two_and_limits_of_1_96_either_side():
    agreement = bland_altman([11, 22, 33], [10, 20, 30])
    assert astuple(agreement) == pytest.approx((2.0, 1.0, 0.04, 3.96, 3, 0))


def test_a_value_below_its_reference_is_a_negative_bias():
    assert bland_altman([9.0, 19.0], [10.0, 20.0]).bias == -1.0


def test_a_pair_with_a_nan_on_either_side_is_dropped_and_counted():
    agreement = bland_altman([11, math.nan, 22, 5, 33], [10, 7, 20, math.nan, 30])
    assert (agreement.bias, agreement.n, agreement.dropped) == (2.0, 3, 2)


@pytest.mark.parametrize("pairs", [([], []), ([1.0], [2.0]), ([1.0, math.nan], [2.0, 3.0])])
def test_below_two_pairs_there_are_no_figures_and_no_warnings(pairs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agreement, line, linear = bland_altman(*pairs), regression_line(*pairs), correlation(*pairs)
    assert all(math.isnan(figure) for figure in astuple(agreement)[:4] + astuple(line)[:2] + astuple(linear)[:2])
    assert agreement.n == line.n == linear.n < 2


def test_points_on_a_line_give_back_its_slope_and_intercept():
    references = np.array([1.0, 2.0, 5.0, 9.0])
    line = regression_line(2 * references - 3, references)
    assert (line.slope, line.intercept, line.n) == pytest.approx((2.0, -3.0, 4))
    assert correlation(2 * references - 3, references).r == pytest.approx(1.0)


def test_a_falling_series_correlates_negatively():
    assert correlation([3.0, 2.0, 1.0], [1.0, 2.0, 3.0]).r == pytest.approx(-1.0)


def test_correlation_of_four_points_is_as_reckoned_by_hand():
    """Deviations (-1, -1, 1, 1) and (-2, 0, 0, 2): sums of products 4, of squares 4 and 8."""
    linear = correlation([0.0, 0.0, 2.0, 2.0], [0.0, 2.0, 2.0, 4.0])
    assert linear.r == pytest.approx(4 / math.sqrt(4 * 8))


def test_a_constant_series_has_no_correlation_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(correlation([5.0, 5.0, 5.0], [1.0, 2.0, 3.0]).r)
        assert math.isnan(regression_line([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]).slope)
        assert regression_line([5.0, 5.0, 5.0], [1.0, 2.0, 3.0]).slope == 0.0


def test_series_of_two_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        bland_altman([1.0, 2.0], [1.0])


def test_a_table_of_values_is_refused():
    with pytest.raises(ValueError, match="one length"):
        bland_altman(np.ones((2, 2)), np.ones((2, 2)))
