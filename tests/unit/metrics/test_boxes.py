"""The smallest box around what is there."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.metrics.boxes import bounding_box, cropped


def test_two_voxels_span_their_box():
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1, 3, 2] = labels[2, 1, 4] = 3
    assert bounding_box(labels) == (slice(1, 3), slice(1, 4), slice(2, 5))


@pytest.mark.parametrize("shape", [(7,), (5, 7), (4, 5, 6)])
def test_a_box_cannot_be_made_smaller_and_loses_nothing(shape):
    mask = np.random.default_rng(0).random(shape) < 0.1
    mask[(2,) * len(shape)] = True
    inside = mask[bounding_box(mask)]
    assert inside.sum() == mask.sum()
    for axis in range(len(shape)):
        assert np.take(inside, 0, axis).any() and np.take(inside, -1, axis).any()


def test_the_order_of_memory_does_not_matter():
    mask = np.random.default_rng(1).random((4, 5, 6)) < 0.05
    assert bounding_box(np.asfortranarray(mask)) == bounding_box(mask)


def test_nothing_has_a_box_of_no_length():
    assert np.zeros((3, 4), bool)[bounding_box(np.zeros((3, 4), bool))].size == 0


def test_two_label_maps_are_cut_to_what_either_names():
    one, other = np.zeros((2, 9, 9), np.uint8)
    one[2, 2], other[6, 5] = 1, 2
    left, right = cropped(one, other)
    assert left.shape == right.shape == (5, 4)
    assert left[0, 0] == 1 and right[4, 3] == 2 and left.sum() + right.sum() == 3


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_volumes_are_cut_to_the_box_of_both(share: float):
    rng = np.random.default_rng(2)
    one, other = ((rng.random((4, 9, 8)) < share).astype(np.uint8) for _ in range(2))
    box = bounding_box(one, other)
    left, right = cropped(one, other)
    assert np.array_equal(left, one[box]) and np.array_equal(right, other[box])
    assert left.flags.c_contiguous and (left.size > 0) == (share > 0)


def test_label_maps_of_two_grids_are_refused():
    with pytest.raises(ValueError, match="not on one grid"):
        cropped(np.ones((3, 4), np.uint8), np.ones((1, 4), np.uint8))
