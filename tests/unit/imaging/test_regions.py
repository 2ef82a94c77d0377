"""Thirds of the heart, whichever end of the stack its base lies at."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.regions import REGIONS, slice_regions


def heart(rv: bool = True) -> np.ndarray:
    """Nine slices: nothing, six with LV from a small apex to a large base, RV above the apex, nothing twice."""
    labels = np.zeros((9, 20, 20), np.uint8)
    for z in range(1, 7):
        labels[z, 5 : 6 + z, 10:15] = LV
        labels[z, 5 : 6 + z, 15] = MYO
        if rv and z > 2:
            labels[z, 5 : 6 + z, 4:9] = RV
    if rv:
        labels[7, 5:15, 4:9] = RV
    return labels


NAMES = ["outside", "apical", "apical", "mid", "mid", "basal", "basal", "outside", "outside"]


@pytest.mark.parametrize("rv", [True, False])
def test_the_end_with_more_rv_or_else_the_larger_lv_is_basal(rv):
    assert [REGIONS[n] for n in slice_regions(heart(rv))] == NAMES
    assert [REGIONS[n] for n in slice_regions(heart(rv)[::-1])] == NAMES[::-1]


def test_without_a_heart_every_slice_is_outside():
    assert slice_regions(np.zeros((3, 4, 4), np.uint8)).tolist() == [0, 0, 0]
