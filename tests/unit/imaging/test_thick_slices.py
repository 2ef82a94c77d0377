"""Thick slices out of thin ones: blurred by 4 mm, and each where it would lie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from cardioprior.imaging.geometry import Grid, thin_slices
from cardioprior.imaging.thick_slices import BLUR_MM, CUT_SD, thick_slices, weights


def places_mm(slices: int, factor: int, thick_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Where thick slices lie along z, the first at 0, and where the thin ones that fill them do."""
    thick = Grid((slices, 2, 2), np.diag([1.0, 1.0, thick_mm, 1.0]))
    thin = thin_slices(thick, factor)
    return np.arange(slices) * thick_mm, thin.affine[2, 3] + np.arange(slices * factor) * thin.affine[2, 2]


@pytest.mark.parametrize("factor", [1, 2, 4, 5])
def test_an_image_that_is_its_place_along_z_becomes_a_stack_that_is_its_own_place(factor: int):
    """Half a slice off, every value would be off by half a thin slice: 1 mm or more."""
    slices, thick_mm = 12, 10.0
    thick, thin = places_mm(slices, factor, thick_mm)
    image = np.broadcast_to(thin[:, None, None], (slices * factor, 3, 2)).astype(np.float32)
    found = thick_slices(image, factor, thick_mm / factor)
    assert found.shape == (slices, 3, 2)
    inside = slice(2, -2)  # the blur ends 16 mm on
    np.testing.assert_allclose(found[inside, 1, 1], thick[inside], atol=1e-4)


def test_of_five_thin_slices_the_blurred_middle_one_is_taken():
    image = np.random.default_rng(0).random((60, 4, 3))
    blurred = gaussian_filter1d(image, BLUR_MM / 2.0, axis=0, mode="nearest", truncate=CUT_SD)
    np.testing.assert_allclose(thick_slices(image, 5, 2.0), blurred[2::5], atol=1e-5)


def test_of_two_thin_slices_the_middle_lies_between_them():
    found = weights(20, 2, 5.0)
    assert found.shape == (10, 20)
    np.testing.assert_allclose(found[5, 10], found[5, 11])
    assert found[5].argmax() in (10, 11)


def test_the_blur_has_a_deviation_of_four_millimetres_and_keeps_what_is_even():
    found = weights(200, 5, 1.0)[20]
    thin = np.arange(200.0)
    centre = (found * thin).sum()
    assert centre == pytest.approx(20 * 5 + 2, abs=1e-4)
    assert np.sqrt((found * (thin - centre) ** 2).sum()) == pytest.approx(BLUR_MM, rel=0.01)
    np.testing.assert_allclose(weights(60, 5, 2.0).sum(axis=1), 1, atol=1e-6)
