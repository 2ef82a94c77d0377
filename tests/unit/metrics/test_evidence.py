"""What samples say for and against a statement; scipy, and small samples worked by hand, are the oracles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cardioprior.metrics.evidence import (
    above,
    folds_above,
    holm,
    mean_below,
    plain,
    ranks_below,
    resampled,
    within,
)

LEADS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


def test_six_leads_of_six_speak_for_it_and_the_other_way_round_against_it():
    """All six signs agree: p = 1 / 64, and 1 for the opposite."""
    found = above(LEADS)
    assert (found.effect, found.n) == (pytest.approx(0.35), 6)
    assert (found.p_for, found.p_against) == (pytest.approx(1 / 64), pytest.approx(1))
    opposite = above(-LEADS)
    assert (opposite.p_for, opposite.p_against) == (pytest.approx(1), pytest.approx(1 / 64))


def test_a_margin_is_taken_off_first():
    assert above(LEADS, 0.35).effect == pytest.approx(0)
    assert above(LEADS, -1).p_for == pytest.approx(1 / 64)


def test_what_does_not_exist_is_left_out_and_no_difference_says_nothing():
    assert above([*LEADS, math.nan]).n == 6
    assert (above(np.zeros(9)).p_for, above(np.zeros(9)).p_against) == (1, 1)
    assert above([]).n == 0


def test_the_smallest_effect_is_one_that_such_a_sample_shows_four_times_in_five():
    rng = np.random.default_rng(0)
    smallest = np.mean([above(rng.normal(size=30)).smallest for _ in range(200)])
    shown = np.mean([above(rng.normal(smallest, 1, 30)).p_for < 0.05 for _ in range(600)])
    assert shown == pytest.approx(0.8, abs=0.05)


def test_differences_within_a_margin_are_alike_and_beyond_it_are_not():
    small = np.array([-0.01, 0.012, 0.004, -0.006, 0.002, -0.003, 0.008])
    assert within(small, 0.05).p_for < 0.05 and within(small, 0.05).effect > 0
    assert within(small, 0.005).p_for > 0.05
    beyond = within(small + 0.5, 0.05)
    assert beyond.p_for > 0.9 and beyond.p_against < 0.05 and beyond.effect < 0


def test_a_mean_below_a_limit_is_students_t():
    values = np.array([7.0, 8.0, 9.5, 6.0, 7.5, 8.5, 9.0])
    found = mean_below(values, 10)
    assert found.p_for == pytest.approx(stats.ttest_1samp(values, 10, alternative="less").pvalue)
    assert found.effect == pytest.approx(10 - values.mean()) and found.p_against > 0.99
    assert mean_below(np.full(6, 5.0), 10).p_for == 0


def test_a_statistic_that_is_positive_in_every_draw_has_the_smallest_p():
    values = np.arange(1.0, 21)
    found = resampled(lambda i: values[i].mean() - 1, len(values))
    assert found.p_for == pytest.approx(1 / 2001) and found.p_against == 1
    assert found.effect == pytest.approx(9.5)
    assert 2.4 < found.smallest / (values.std() / math.sqrt(20)) < 2.6


def test_a_statistic_that_never_exists_says_nothing():
    assert resampled(lambda i: math.nan, 8).p_for == 1


def test_ranks_of_two_samples_are_scipys():
    low, high = [1.0, 2, 3, 4], [3.5, 5, 6, 7, 8]
    found = ranks_below(low, high)
    assert found.p_for == pytest.approx(stats.ranksums(low, high, alternative="less").pvalue)
    assert found.n == 4 and found.effect == pytest.approx(5.9 - 2.5)


def test_repeated_folds_are_corrected_for_their_common_subjects():
    """Nadeau and Bengio: variance times (1 / k + share of tested to trained), here 1 / 20 + 1 / 9."""
    rng = np.random.default_rng(1)
    values = rng.normal(0.05, 0.1, 20)
    t = values.mean() / math.sqrt((1 / 20 + 1 / 9) * values.var(ddof=1))
    found = folds_above(values, 10, 48)
    assert found.p_for == pytest.approx(stats.t.sf(t, 19)) and found.n == 48
    assert found.p_for > stats.ttest_1samp(values, 0, alternative="greater").pvalue


def test_a_plain_comparison_has_no_p():
    assert math.isnan(plain(3.0, 1).p_for) and plain(3.0, 1).effect == 3


def test_holms_correction_worked_by_hand():
    """.01 x 3, then .02 x 2, then .04 is no smaller than what came before."""
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    corrected = holm([0.01, math.nan])
    assert corrected[0] == pytest.approx(0.01) and math.isnan(corrected[1])
