"""Label maps between thick slices, by hand."""

from __future__ import annotations

import numpy as np

from cardioprior.inference.shape_interpolation import repeated_slices, shape_based, signed_distance


def disc(radius: float, size: int = 21) -> np.ndarray:
    y, x = np.indices((size, size)) - size // 2
    return (np.hypot(y, x) <= radius).astype(np.uint8)


def test_the_nearest_thick_slice_is_repeated() -> None:
    stack = np.stack([np.full((1, 1), value, np.uint8) for value in (1, 2, 3)])
    assert repeated_slices(stack, [0, 4, 8], 9)[:, 0, 0].tolist() == [1, 1, 1, 2, 2, 2, 2, 3, 3]


def test_beyond_half_a_thick_slice_from_the_stacks_ends_there_is_nothing() -> None:
    stack = np.stack([disc(8), disc(8)])
    for found in (repeated_slices(stack, [3, 7], 11), shape_based(stack, [3, 7], 11, 2, 1.0)):
        assert found.any(axis=(1, 2)).tolist() == [False] + [True] * 9 + [False]
        assert all(np.array_equal(slice_, disc(8)) for slice_ in found[1:10])


def test_between_a_small_disc_and_a_large_one_lies_one_of_the_middle_size() -> None:
    found = shape_based(np.stack([disc(3), disc(9)]), [0, 2], 3, 2, 1.0)
    assert np.array_equal(found[0], disc(3)) and np.array_equal(found[2], disc(9))
    assert abs(int(found[1].sum()) - int(disc(6).sum())) <= 8


def test_a_structure_that_ends_shrinks_towards_the_slice_without_it() -> None:
    found = shape_based(np.stack([disc(8), np.zeros((21, 21), np.uint8)]), [0, 10], 11, 2, 1.0)
    areas = found.sum(axis=(1, 2)).tolist()
    assert areas == sorted(areas, reverse=True) and areas[0] == disc(8).sum() and areas[-1] == 0


def test_signed_distances_change_sign_at_the_border_in_mm() -> None:
    row = signed_distance(np.array([[0, 0, 1, 1, 1, 0]], bool), 2.0)[0]
    assert row.tolist() == [-3, -1, 1, 3, 1, -1]


def test_an_empty_mask_is_as_far_as_the_array_is_long() -> None:
    assert (signed_distance(np.zeros((3, 4), bool), 2.0) == -10).all()
    assert (signed_distance(np.ones((3, 4), bool), 2.0) == 10).all()
