"""Distances between frames of a cycle, counted by hand."""

from __future__ import annotations

import pytest

from cardioprior.metrics.frames import cyclic_frame_difference, frame_difference, relative_frame_difference


def test_the_right_frame_is_no_distance_away():
    assert frame_difference(12, 12) == relative_frame_difference(12, 12, 30) == cyclic_frame_difference(12, 12, 30) == 0


def test_early_and_late_picks_are_equally_wrong():
    assert frame_difference(9, 12) == frame_difference(15, 12) == 3


def test_the_last_frame_is_far_from_the_first_unless_the_cycle_is_closed():
    assert frame_difference(29, 0) == 29
    assert relative_frame_difference(29, 0, 30) == pytest.approx(29 / 30)
    assert cyclic_frame_difference(29, 0, 30) == 1


def test_opposite_phases_are_half_a_cycle_apart_both_ways():
    assert cyclic_frame_difference(0, 15, 30) == cyclic_frame_difference(15, 0, 30) == 15


def test_a_closed_cycle_never_makes_a_distance_longer():
    for predicted in range(7):
        for true in range(7):
            wrapped = cyclic_frame_difference(predicted, true, 7)
            assert wrapped <= frame_difference(predicted, true)
            assert wrapped <= 3.5
            assert wrapped == min((predicted - true) % 7, (true - predicted) % 7)


def test_the_middle_of_two_frames_is_half_a_frame_from_each():
    assert frame_difference(3.5, 4) == cyclic_frame_difference(3.5, 3, 10) == 0.5


@pytest.mark.parametrize(
    ("predicted", "true", "culprit"), [(30, 2, "predicted"), (2, 30, "true"), (-1, 2, "predicted")]
)
def test_a_frame_outside_of_the_cycle_is_refused(predicted, true, culprit):
    for difference in (relative_frame_difference, cyclic_frame_difference):
        with pytest.raises(ValueError, match=f"{culprit} frame"):
            difference(predicted, true, 30)
