"""Intensities brought to between 0 and 1."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.intensity import least_squares_match, min_max


def test_the_smallest_becomes_zero_and_the_largest_one():
    result = min_max(np.array([[-2, 0], [3, 8]], np.int16))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [[0, 0.2], [0.5, 1]])


def test_over_given_axes_every_frame_has_its_own_range():
    frames = np.array([[[0.0, 1.0]], [[10.0, 30.0]], [[5.0, 4.0]]])
    np.testing.assert_array_equal(min_max(frames, axes=(1, 2)), [[[0, 1]], [[0, 1]], [[1, 0]]])


def test_a_constant_image_becomes_zero_and_so_does_a_constant_frame_alone():
    assert not min_max(np.full((2, 2), 7.0)).any()
    np.testing.assert_array_equal(min_max(np.array([[5.0, 5.0], [0.0, 2.0]]), axes=(1,)), [[0, 0], [0, 1]])


def test_the_range_of_unsigned_and_of_wide_integers_does_not_wrap():
    np.testing.assert_array_equal(min_max(np.array([250, 5], np.uint8)), [1, 0])
    np.testing.assert_array_equal(min_max(np.array([-32768, 32767], np.int16)), [0, 1])


def test_the_image_itself_is_left_alone():
    image = np.array([1.0, 3.0], np.float32)
    min_max(image)
    np.testing.assert_array_equal(image, [1, 3])


def test_a_linear_map_of_a_reference_is_matched_to_it_exactly():
    reference = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    np.testing.assert_allclose(least_squares_match(5 - 3 * reference, reference), reference, atol=1e-6)


def test_no_other_gain_or_offset_brings_an_image_nearer():
    data, reference = np.random.default_rng(1).random((2, 50))
    gain, offset = np.polyfit(data, reference, 1)
    np.testing.assert_allclose(least_squares_match(data, reference), gain * data + offset)


def test_a_constant_image_is_matched_by_the_references_mean():
    np.testing.assert_allclose(least_squares_match(np.ones(4), np.array([0.0, 0.0, 1.0, 3.0])), 1)
