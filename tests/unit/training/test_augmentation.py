"""Images moved by whole pixels and quarter turns, where the result is known, and against scipy elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from cardioprior.training.augmentation import IDENTITY, AffineRange, _grid, sampling_matrices, spatial_matrices, warp

SIZE = 16


def draw(rotation_deg=0.0, shear_deg=0.0, zoom=1.0, shift_y=0.0, shift_x=0.0) -> np.ndarray:
    return np.array([[np.deg2rad(rotation_deg), np.deg2rad(shear_deg), zoom, shift_y, shift_x]])


def moved(image: np.ndarray, draws: np.ndarray, interpolation: str = "bilinear") -> np.ndarray:
    matrices = sampling_matrices(draws, image.shape[-1])
    return warp(torch.from_numpy(image)[None, None], matrices, interpolation)[0, 0].numpy()


def dot(y: int, x: int) -> np.ndarray:
    image = np.zeros((SIZE, SIZE), np.float32)
    image[y, x] = 1
    return image


def smooth(seed: int = 0) -> np.ndarray:
    """Random and smooth, and zero at the border, where outsides are treated differently."""
    image = np.zeros((32, 32))
    image[9:23, 9:23] = np.random.default_rng(seed).normal(size=(14, 14))
    return ndimage.gaussian_filter(image, 1.5).astype(np.float32)


def test_the_identity_leaves_an_image_as_it_is():
    np.testing.assert_allclose(moved(smooth(), IDENTITY[None]), smooth(), atol=1e-6)


@pytest.mark.parametrize(("shift_y", "shift_x"), [(3, 0), (0, 3), (-2, 5)])
def test_a_shift_of_k_pixels_moves_a_dot_k_pixels_down_and_to_the_right(shift_y, shift_x):
    result = moved(dot(6, 7), draw(shift_y=shift_y, shift_x=shift_x))
    np.testing.assert_allclose(result, dot(6 + shift_y, 7 + shift_x), atol=1e-5)


def test_what_leaves_the_image_is_gone_and_zero_comes_in():
    result = moved(np.ones((SIZE, SIZE), np.float32), draw(shift_x=4))
    np.testing.assert_allclose(result[:, :4], 0, atol=1e-5)
    np.testing.assert_allclose(result[:, 4:], 1, atol=1e-5)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_those_of_numpy_the_other_way_round(quarters):
    """A positive angle turns x towards y, and y points down: clockwise on the screen."""
    result = moved(smooth(), draw(rotation_deg=90 * quarters))
    np.testing.assert_allclose(result, np.rot90(smooth(), -quarters), atol=1e-5)


def test_a_zoom_enlarges_about_the_middle():
    disc = (np.hypot(*(np.indices((64, 64)) - 31.5)) < 10).astype(np.float32)
    result = moved(disc, draw(zoom=1.5))
    assert result.sum() == pytest.approx(1.5**2 * disc.sum(), rel=0.02)
    np.testing.assert_allclose(ndimage.center_of_mass(result), (31.5, 31.5), atol=1e-3)


def test_a_shear_of_45_degrees_moves_each_row_by_its_distance_from_the_middle():
    image = np.zeros((SIZE + 1, SIZE + 1), np.float32)
    image[:, 8] = 1
    result = moved(image, draw(shear_deg=45))
    np.testing.assert_allclose(result, np.eye(SIZE + 1), atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_any_transformation_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    draws = AffineRange(rotation_deg=30, shear_deg=20, zoom=0.1, shift_px=4).draw(rng)
    rotation, shear, zoom, *shift = draws
    # in (y, x), about the middle: enlarged, sheared along x, turned, shifted
    lean = np.array([[1, 0], [np.tan(shear), 1]])
    turn = np.array([[np.cos(rotation), np.sin(rotation)], [-np.sin(rotation), np.cos(rotation)]])
    inverse = np.linalg.inv(zoom * turn @ lean)
    middle = np.array([15.5, 15.5])
    wanted = ndimage.affine_transform(smooth(seed), inverse, middle - inverse @ (middle + shift), order=1)
    np.testing.assert_allclose(moved(smooth(seed), draws[None]), wanted, atol=1e-4)


def test_labels_keep_their_values_and_their_type():
    labels = (np.indices((SIZE, SIZE)).sum(axis=0) // 5 % 4).astype(np.uint8)
    result = moved(labels, draw(rotation_deg=17, shear_deg=9, zoom=1.05), "nearest")
    assert result.dtype == np.uint8
    assert set(np.unique(result)) == {0, 1, 2, 3}


def test_labels_and_image_move_together():
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 25:50] = 1
    draws = draw(rotation_deg=20, shear_deg=10, zoom=1.1, shift_y=3.3, shift_x=-4.6)
    as_labels, as_image = moved(mask, draws, "nearest"), moved(mask.astype(np.float32), draws)
    np.testing.assert_allclose(ndimage.center_of_mass(as_labels), ndimage.center_of_mass(as_image), atol=0.1)
    assert ((as_image > 0.5) != as_labels).sum() < 0.03 * mask.sum()


def test_each_member_has_its_own_transformation_and_its_slices_share_it():
    images = torch.from_numpy(np.stack([[dot(5, 5), dot(8, 8)], [dot(5, 5), dot(8, 8)]]))
    draws = np.concatenate([draw(shift_x=2), draw(shift_y=-1)])
    result = warp(images, sampling_matrices(draws, SIZE), "bilinear").numpy()
    wanted = [[dot(5, 7), dot(8, 10)], [dot(4, 5), dot(7, 8)]]
    np.testing.assert_allclose(result, wanted, atol=1e-5)


def test_draws_stay_in_their_ranges_and_fill_them():
    rng = np.random.default_rng(0)
    draws = np.stack([AffineRange(30, 20, 0.1, 15).draw(rng) for _ in range(2000)])
    limits = np.array([[-np.pi / 6, np.pi / 6], [-np.pi / 9, np.pi / 9], [1, 1.1], [-15, 15], [-15, 15]])
    np.testing.assert_array_less(limits[:, 0] - 1e-12, draws.min(axis=0))
    np.testing.assert_array_less(draws.max(axis=0), limits[:, 1] + 1e-12)
    np.testing.assert_allclose(np.ptp(draws, axis=0), np.ptp(limits, axis=1), rtol=0.01)
    correlations = np.corrcoef(draws.T) - np.eye(5)
    assert abs(correlations).max() < 0.1


def test_a_range_of_nothing_is_the_identity():
    np.testing.assert_array_equal(AffineRange().draw(np.random.default_rng(0)), IDENTITY)


# --- in space


def moved_volume(volume: np.ndarray, *planes: np.ndarray, interpolation: str = "bilinear") -> np.ndarray:
    """planes: draws for (x, y), (x, z) and (y, z)."""
    matrices = spatial_matrices(np.stack(planes, axis=1), volume.shape)
    return warp(torch.from_numpy(volume)[None], matrices, interpolation)[0].numpy()


def bumps(shape: tuple[int, int, int]) -> np.ndarray:
    """Smooth but for its rim, beyond which all is 0."""
    volume = np.zeros(shape, np.float32)
    rough = np.random.default_rng(3).normal(size=tuple(n - 8 for n in shape))
    volume[4:-4, 4:-4, 4:-4] = ndimage.gaussian_filter(rough, 1.2)
    return volume


STAY = IDENTITY[None]


def test_a_volume_shifts_by_voxels_along_each_axis_whatever_its_lengths():
    volume = bumps((24, 16, 20))
    shifted = moved_volume(volume, draw(shift_y=2, shift_x=1), draw(shift_y=3), STAY)
    np.testing.assert_allclose(shifted, np.roll(volume, (3, 2, 1), axis=(0, 1, 2)), atol=1e-5)


@pytest.mark.parametrize(("plane", "axes", "shape"), [
    (0, (1, 2), (24, 16, 16)), (1, (0, 2), (20, 16, 20)), (2, (0, 1), (20, 20, 16)),
])  # fmt: skip
def test_a_quarter_turn_in_a_plane_is_numpys(plane, axes, shape):
    draws = [STAY, STAY, STAY]
    draws[plane] = draw(rotation_deg=90)
    np.testing.assert_allclose(moved_volume(bumps(shape), *draws), np.rot90(bumps(shape), -1, axes), atol=1e-5)


def test_a_turn_in_a_volume_of_unequal_lengths_is_scipys():
    volume = bumps((36, 24, 24))
    found = moved_volume(volume, STAY, draw(rotation_deg=20), STAY)
    expected = ndimage.rotate(volume, -20, axes=(2, 0), reshape=False, order=1)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_labels_of_a_volume_stay_labels():
    labels = (bumps((24, 24, 24)) > 0.1).astype(np.uint8)
    found = moved_volume(labels, draw(rotation_deg=7), draw(shear_deg=4, zoom=1.1), STAY, interpolation="nearest")
    assert found.dtype == np.uint8 and set(np.unique(found)) == {0, 1}


@pytest.mark.parametrize("shape", [(5, 2, 6, 9), (3, 4, 7, 6, 5)])
def test_positions_are_those_of_torch(shape):
    axes = len(shape) - 2
    matrices = torch.from_numpy(np.random.default_rng(0).normal(size=(shape[0], axes, axes + 1))).float()
    expected = torch.nn.functional.affine_grid(matrices, list(shape), align_corners=False)
    torch.testing.assert_close(_grid(matrices, torch.Size(shape[2:])), expected, rtol=0, atol=1e-6)
