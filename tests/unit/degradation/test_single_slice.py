"""The middle slice in the projection's place."""

from __future__ import annotations

import numpy as np

from cardioprior.degradation.single_slice import degrade
from cardioprior.store import Record


def test_the_middle_slice_stands_for_the_cine_and_the_frames_stay():
    arrays = {"cine": np.zeros((3, 2, 2)), "middle_slice": np.ones((3, 2, 2)), "phases": np.array([1, 0])}
    found = degrade(Record("a", arrays, {"grid": 1}), np.random.default_rng(0))
    assert found.subject == "a" and found.meta == {"grid": 1}
    assert found.arrays.keys() == {"cine", "phases"}
    assert (found.arrays["cine"] == 1).all() and found.arrays["phases"].tolist() == [1, 0]
