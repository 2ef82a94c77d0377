"""Cines of numbered frames, begun elsewhere in the cycle."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.degradation.cyclic_delay import degrade, delay
from cardioprior.store import Record


def cine(frames: int) -> np.ndarray:
    return np.arange(float(frames))[:, None, None].repeat(2, axis=1)


def test_two_frames_later_by_hand():
    moved, phases = delay(cine(5), np.array([3, 0]), 2)
    assert moved[:, 0, 0].tolist() == [3, 4, 0, 1, 2]
    assert phases.tolist() == [0, 2]


@pytest.mark.parametrize("frames", range(7))
def test_the_phases_stay_with_their_images(frames):
    phases = np.array([3, 0])
    moved, moved_phases = delay(cine(7), phases, frames)
    assert moved[moved_phases, 0, 0].tolist() == [3, 0]


def test_a_record_is_delayed_by_what_its_meta_says_and_left_alone_itself():
    record = Record("a", {"cine": cine(9), "phases": np.array([4, 0])}, {"grid": "kept"})
    degraded = degrade(record, np.random.default_rng(3))
    frames = degraded.meta["delay"]
    assert (degraded.subject, degraded.meta["grid"]) == ("a", "kept")
    np.testing.assert_array_equal(degraded.arrays["cine"], np.roll(cine(9), frames, axis=0))
    assert degraded.arrays["phases"].tolist() == [(4 + frames) % 9, frames % 9]
    assert record.meta == {"grid": "kept"} and record.arrays["phases"].tolist() == [4, 0]
    np.testing.assert_array_equal(record.arrays["cine"], cine(9))


def test_every_delay_of_the_cycle_occurs_about_as_often_as_any_other():
    rng = np.random.default_rng(0)
    record = Record("a", {"cine": cine(5), "phases": np.array([2, 0])})
    counts = np.bincount([degrade(record, rng).meta["delay"] for _ in range(1000)], minlength=5)
    assert len(counts) == 5
    np.testing.assert_allclose(counts, 200, atol=45)


def test_the_same_stream_gives_the_same_delay():
    record = Record("a", {"cine": cine(30), "phases": np.array([12, 0])})
    one, other = (degrade(record, np.random.default_rng(8)).meta["delay"] for _ in range(2))
    assert one == other
