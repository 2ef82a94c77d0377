"""Grids laid by hand, and resampling where the answer is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cardioprior.imaging.geometry import Grid, grid_of, image_centre, in_plane_grid, resample
from cardioprior.imaging.placement import share_beyond
from cardioprior.imaging.volume import Volume


def straight(shape_zyx, spacing_zyx=(1.0, 1.0, 1.0), origin_xyz=(0.0, 0.0, 0.0)) -> Grid:
    affine = np.diag([*spacing_zyx[::-1], 1.0])
    affine[:3, 3] = origin_xyz
    return Grid(shape_zyx, affine)


def oblique(shape_zyx, spacing_zyx) -> Grid:
    row, column = np.array([0.8, 0.6, 0.0]), np.array([-0.36, 0.48, -0.8])
    z, y, x = spacing_zyx
    affine = np.eye(4)
    affine[:3, :3] = np.stack([row * x, column * y, np.cross(row, column) * z], axis=1)
    affine[:3, 3] = (-30.0, 12.5, 7.25)
    return Grid(shape_zyx, affine)


def random(shape, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def world(grid: Grid) -> np.ndarray:
    """Patient coordinates (3, z, y, x) of all voxel centres."""
    z, y, x = np.indices(grid.shape_zyx)
    return np.tensordot(grid.affine[:3], np.stack([x, y, z, np.ones_like(x)]), axes=1)


def test_spacing_is_the_distance_between_voxels_whatever_the_direction():
    assert oblique((2, 3, 4), (8.0, 1.5, 1.25)).spacing_mm == pytest.approx((8.0, 1.5, 1.25))
    assert grid_of(Volume(np.zeros((5, 2, 3, 4)), np.eye(4))).shape_zyx == (2, 3, 4)


@pytest.mark.parametrize(("shape", "centre"), [((1, 4, 5), (1.5, 2.0)), ((9, 1, 2), (0.0, 0.5))])
def test_the_middle_of_an_image_lies_between_its_middle_pixels(shape, centre):
    assert image_centre(straight(shape)) == centre


def test_a_coarser_grid_about_the_middle_by_hand():
    """Ten pixels of 1 mm span 4.5 mm either side of x = 4.5; four of 2 mm about it lie at 1.5, 3.5, 5.5, 7.5."""
    source = straight((3, 10, 10), (8.0, 1.0, 1.0), (100.0, 200.0, 300.0))
    grid = in_plane_grid(source, 2.0, 4, image_centre(source))
    assert grid.shape_zyx == (3, 4, 4)
    assert grid.spacing_mm == pytest.approx((8.0, 2.0, 2.0))
    x, y, z = world(grid)
    np.testing.assert_allclose(x[0, 0], [101.5, 103.5, 105.5, 107.5])
    np.testing.assert_allclose(y[0, :, 0], [201.5, 203.5, 205.5, 207.5])
    np.testing.assert_allclose(z[:, 0, 0], [300, 308, 316])


@pytest.mark.parametrize("size", [16, 17])
def test_the_named_centre_becomes_the_middle_on_an_oblique_grid_of_oblong_pixels(size):
    source = oblique((4, 30, 40), (10.0, 1.5, 1.2))
    grid = in_plane_grid(source, 1.1, size, (10.25, 20.75))
    middle = grid.affine @ [(size - 1) / 2, (size - 1) / 2, 2, 1]
    np.testing.assert_allclose(middle, source.affine @ [20.75, 10.25, 2, 1])
    np.testing.assert_allclose(grid.affine[:3, 2], source.affine[:3, 2])
    assert grid.spacing_mm == pytest.approx((10.0, 1.1, 1.1))


def test_making_a_grid_leaves_the_source_alone():
    source = oblique((4, 30, 40), (10.0, 1.5, 1.2))
    before = source.affine.copy()
    in_plane_grid(source, 3.0, 8, (1, 2))
    np.testing.assert_array_equal(source.affine, before)


@pytest.mark.parametrize("interpolation", ["linear", "nearest"])
@pytest.mark.parametrize(
    "grid", [straight((3, 5, 6)), oblique((3, 5, 6), (10.0, 1.4, 1.3)), oblique((1, 5, 6), (8, 1, 1))]
)
def test_on_its_own_grid_an_image_stays_as_it_is(grid, interpolation):
    data = random(grid.shape_zyx)
    np.testing.assert_allclose(resample(data, grid, grid, interpolation), data, atol=1e-5)


def test_a_linear_ramp_is_resampled_exactly_by_linear_interpolation():
    source = oblique((6, 30, 30), (10.0, 1.4, 1.4))
    target = in_plane_grid(source, 1.0, 20, (14.2, 15.1))
    ramp = 3.0 + np.tensordot([0.5, -0.25, 2.0], world(source), axes=1)
    wanted = 3.0 + np.tensordot([0.5, -0.25, 2.0], world(target), axes=1)
    np.testing.assert_allclose(resample(ramp, source, target, "linear"), wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("interpolation", ["linear", "nearest"])
@pytest.mark.parametrize(("axis", "column"), [(0, 2), (1, 1), (2, 0)])
def test_a_grid_moved_by_one_voxel_shows_the_image_moved_by_one_voxel(axis, column, interpolation):
    source = oblique((4, 5, 6), (10.0, 1.4, 1.3))
    affine = source.affine.copy()
    affine[:3, 3] += affine[:3, column]
    data = random(source.shape_zyx)
    moved = resample(data, source, Grid(source.shape_zyx, affine), interpolation)
    inside, rest = [slice(None)] * 3, [slice(None)] * 3
    inside[axis], rest[axis] = slice(None, -1), slice(1, None)
    np.testing.assert_allclose(moved[tuple(inside)], data[tuple(rest)], atol=1e-4)
    outside = [slice(None)] * 3
    outside[axis] = slice(-1, None)
    assert not moved[tuple(outside)].any()


@pytest.mark.parametrize("seed", range(3))
def test_between_voxels_the_result_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    source = oblique((6, 20, 22), (6.0, 1.5, 1.5))
    target = in_plane_grid(source, 1.07, 12, tuple(rng.uniform(9, 11, 2)))
    data = random(source.shape_zyx, seed)
    to_source = np.linalg.inv(source.affine) @ target.affine
    x, y, z = np.indices(target.shape_zyx)[::-1]
    index = np.tensordot(to_source[:3], np.stack([x, y, z, np.ones_like(x)]), axes=1)[::-1]
    wanted = ndimage.map_coordinates(data, index, order=1, mode="nearest")
    np.testing.assert_allclose(resample(data, source, target, "linear"), wanted, atol=1e-4)


def test_outside_of_the_source_is_zero():
    source = straight((1, 4, 4))
    target = in_plane_grid(source, 1.0, 8, image_centre(source))
    result = resample(np.full((1, 4, 4), 7.0), source, target, "linear")
    wanted = np.zeros((1, 8, 8))
    wanted[:, 2:6, 2:6] = 7
    np.testing.assert_allclose(result, wanted)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
def test_nearest_keeps_values_and_type(dtype):
    source = straight((2, 8, 8))
    labels = np.random.default_rng(0).choice([0, 1, 3], (2, 8, 8)).astype(dtype)
    result = resample(labels, source, in_plane_grid(source, 0.7, 10, image_centre(source)), "nearest")
    assert result.dtype == dtype
    assert set(np.unique(result)) == {0, 1, 3}


def test_linear_interpolation_of_whole_numbers_gives_fractions():
    source = straight((1, 1, 2))
    between = Grid((1, 1, 1), source.affine.copy())
    between.affine[0, 3] = 0.25
    result = resample(np.array([[[0, 10]]], np.int16), source, between, "linear")
    assert result.dtype == np.float32
    assert result.item() == pytest.approx(2.5)


def test_frames_and_classes_are_resampled_one_by_one():
    source = straight((2, 6, 6))
    target = in_plane_grid(source, 0.8, 5, (2.2, 2.9))
    data = random((3, 4, 2, 6, 6))
    result = resample(data, source, target, "linear")
    assert result.shape == (3, 4, 2, 5, 5)
    np.testing.assert_array_equal(result[1, 2], resample(data[1, 2], source, target, "linear"))


def test_the_share_beyond_a_grid_is_counted_by_place_whatever_its_voxels_are():
    """Ten slices, 2 mm apart; grids from 1 to 13 mm past the first one's centre hold six of them."""
    source = Grid((10, 4, 4), np.diag([1.0, 1.0, 2.0, 1.0]))
    mask = np.ones((10, 4, 4), bool)
    for count, slice_mm in ((3, 4.0), (6, 2.0), (1, 12.0)):
        affine = np.diag([1.0, 1.0, slice_mm, 1.0])
        affine[2, 3] = 1 + slice_mm / 2
        assert share_beyond(mask, source, Grid((count, 4, 4), affine)) == pytest.approx(0.4)
    assert share_beyond(mask, source, source) == 0 == share_beyond(~mask, source, source)
    assert share_beyond(mask, source, Grid((10, 4, 2), np.diag([1.0, 1.0, 2.0, 1.0]))) == pytest.approx(0.5)
