"""A beating disc is found; what does not beat is not."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.imaging.geometry import Grid, image_centre
from cardioprior.imaging.localisation import moving_centre

FRAMES, SLICES = 8, 4


def grid(spacing_yx: tuple[float, float], shape_yx: tuple[int, int] = (120, 120)) -> Grid:
    return Grid((SLICES, *shape_yx), np.diag([spacing_yx[1], spacing_yx[0], 10.0, 1.0]))


def beating(where: Grid, centre_yx: tuple[float, float], radius_mm=(28.0, 20.0)) -> np.ndarray:
    """A disc whose radius goes from the first to the second and back, in an unmoving bright body."""
    _, dy, dx = where.spacing_mm
    y, x = np.indices(where.shape_zyx[1:])
    distance = np.hypot((y - centre_yx[0]) * dy, (x - centre_yx[1]) * dx)
    wave = (1 + np.cos(2 * np.pi * np.arange(FRAMES) / FRAMES)) / 2
    radii = radius_mm[1] + (radius_mm[0] - radius_mm[1]) * wave
    frames = 100.0 * (distance < radii[:, None, None]) + 50 * (x < 10)
    return np.repeat(frames[:, None], SLICES, axis=1)


@pytest.mark.parametrize("centre", [(59.5, 59.5), (48.0, 70.0), (75.0, 50.0)])
@pytest.mark.parametrize("spacing", [(1.4, 1.4), (1.0, 1.5)])
def test_a_beating_disc_is_found_within_nine_millimetres_and_far_nearer_than_the_middle(centre, spacing):
    """The weight about the middle of the picture draws the answer a few millimetres towards it."""
    where = grid(spacing)
    found = moving_centre(beating(where, centre), where)
    off_mm, miss_mm = (np.hypot(*(np.subtract(centre, place) * spacing)) for place in ((59.5, 59.5), found))
    assert miss_mm < min(9, 0.4 * off_mm + 0.1)


def test_brightness_does_not_matter_motion_does():
    where = grid((1.4, 1.4))
    frames = beating(where, (50.0, 66.0))
    bright = frames.copy()
    bright[..., 90:110, 90:110] += 5000
    assert moving_centre(bright, where) == pytest.approx(moving_centre(frames, where), abs=1e-2)


@pytest.mark.parametrize("frames", [1, FRAMES])
def test_a_single_frame_or_nothing_that_moves_gives_the_middle_of_the_picture(frames):
    where = grid((1.4, 1.4), (100, 80))
    still = np.random.default_rng(0).normal(size=(1, SLICES, 100, 80)).repeat(frames, axis=0)
    assert moving_centre(still, where) == image_centre(where) == (49.5, 39.5)


def test_motion_at_the_rim_weighs_less_than_the_heart_near_the_middle():
    where = grid((1.4, 1.4))
    heart, rim = beating(where, (55.0, 62.0)), beating(where, (5.0, 112.0))
    found = moving_centre(heart + rim, where)
    assert np.hypot(*np.subtract(found, (55.0, 62.0))) * 1.4 < 10


def test_the_images_are_left_alone_and_whole_numbers_will_do():
    where = grid((1.4, 1.4))
    frames = beating(where, (48.0, 70.0)).astype(np.uint16)
    before = frames.copy()
    found = moving_centre(frames, where)
    np.testing.assert_array_equal(frames, before)
    assert found == pytest.approx(moving_centre(before.astype(np.float64), where), abs=1e-6)


def test_one_slice_is_enough_and_of_many_the_outer_quarters_do_not_count():
    where = grid((1.4, 1.4))
    frames = beating(where, (48.0, 70.0))
    one_slice = Grid((1, 120, 120), where.affine)
    wanted = pytest.approx(moving_centre(frames, where), abs=1e-4)
    assert moving_centre(frames[:, :1], one_slice) == wanted
    frames[:, [0, -1]] = beating(where, (80.0, 80.0))[:, [0, -1]]
    assert moving_centre(frames, where) == wanted
