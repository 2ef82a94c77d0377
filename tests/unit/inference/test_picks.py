"""One frame from a curve of probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.inference.picks import PICKS, central_pick, naive_pick


def curve(frames: int, **high: float) -> np.ndarray:
    """Small probabilities, but at the frames named: f3=.95."""
    probabilities = np.full(frames, 0.1)
    for name, value in high.items():
        probabilities[int(name[1:])] = value
    return probabilities


def test_the_naive_pick_is_the_most_probable_frame_and_the_first_of_equals():
    assert naive_pick(curve(6, f2=0.5, f4=0.7)) == 4
    assert naive_pick(curve(6, f2=0.7, f4=0.7)) == 2


@pytest.mark.parametrize(
    ("high", "middle"),
    [
        ((4,), 4),
        ((3, 4, 5), 4),
        ((3, 4), 3),  # the first of two
        ((2, 3, 4, 5), 3),
        ((3, 5), 3),  # two frames, with one below between them
        ((3, 5, 6), 5),
    ],
)
def test_the_central_pick_is_the_middle_frame_of_those_above_nine_tenths(high, middle):
    probabilities = curve(12, **{f"f{frame}": 0.95 for frame in high}, f9=0.9)
    assert central_pick(probabilities) == middle


@pytest.mark.parametrize(
    ("high", "middle"),
    [
        ((11, 0, 1), 0),
        ((10, 11, 0), 11),
        ((9, 10, 11, 0, 1), 11),
        ((0, 1, 2, 11), 0),
        ((11, 0), 11),  # the first of two, in the order of time
    ],
)
def test_frames_on_both_sides_of_the_cycles_end_are_one_run(high, middle):
    assert central_pick(curve(12, **{f"f{frame}": 0.95 for frame in high})) == middle


@pytest.mark.parametrize("high", [(4,), (3, 4, 5), (11, 0, 1), (2, 3, 4, 5)])
def test_a_delay_of_the_cine_delays_the_central_pick(high):
    probabilities = curve(12, **{f"f{frame}": 0.95 for frame in high})
    picks = [(central_pick(np.roll(probabilities, delay)) - delay) % 12 for delay in range(12)]
    assert len(set(picks)) == 1


def test_with_none_above_nine_tenths_the_central_pick_is_the_naive_one():
    assert central_pick(curve(8, f2=0.5, f6=0.9)) == 6


def test_with_all_above_the_central_pick_is_still_a_frame_of_the_cine():
    assert central_pick(np.full(7, 0.99)) in range(7)


def test_both_picks_are_plain_numbers_under_the_papers_names():
    assert {name: type(pick(curve(5, f1=0.95))) for name, pick in PICKS.items()} == {"naive": int, "central": int}
