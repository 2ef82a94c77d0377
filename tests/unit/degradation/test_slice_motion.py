"""Slices that were scanned in different breath-holds."""

from __future__ import annotations

import numpy as np

from cardioprior.degradation.slice_motion import LARGEST_MM, degrade
from cardioprior.store import Record


def stack(spacing_mm: float) -> Record:
    """A bright square in the middle of 40 slices."""
    image = np.zeros((40, 32, 32), np.float32)
    image[:, 14:18, 14:18] = 1
    about = {"grid": {"shape_zyx": [40, 32, 32], "affine": np.diag([spacing_mm, spacing_mm, 10, 1]).tolist()}}
    return Record("a", {"image": image, "labels": image.astype(np.uint8)}, about)


def centres(image: np.ndarray) -> np.ndarray:
    y, x = np.indices(image.shape[1:])
    return np.array([[(one * y).sum(), (one * x).sum()] / one.sum() for one in image]) - 15.5


def test_every_slice_moves_by_a_draw_of_its_own_in_millimetres():
    for spacing_mm in (1.0, 2.0):
        moved = degrade(stack(spacing_mm), np.random.default_rng(0)).arrays["image"]
        shifts_mm = centres(moved) * spacing_mm
        assert len(np.unique(shifts_mm.round(2))) == 80
        assert 0.9 * LARGEST_MM < abs(shifts_mm).max() <= LARGEST_MM + 1e-3


def test_labels_stay_and_the_same_stream_moves_alike():
    record = stack(1.0)
    one, other = (degrade(record, np.random.default_rng(3)) for _ in range(2))
    assert one.arrays["labels"] is record.arrays["labels"]
    np.testing.assert_array_equal(one.arrays["image"], other.arrays["image"])
    assert one.arrays["image"].dtype == np.float32 and one.meta == record.meta
