"""Where voxels of one grid lie on another, on oblique grids."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid, centred_grid
from cardioprior.imaging.placement import points_on, slices_on, within

TURN = np.array([[0.6, -0.8, 0.0], [0.48, 0.36, -0.8], [0.64, 0.48, 0.6]])


def oblique(shape_zyx: tuple[int, int, int], spacing_xyz: tuple[float, float, float], first: list[float]) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = TURN * spacing_xyz
    affine[:3, 3] = first
    return Grid(shape_zyx, affine)


def world(grid: Grid, zyx: np.ndarray) -> np.ndarray:
    """Places in mm of indices z, y, x (n, 3)."""
    return (grid.affine @ np.column_stack([zyx[:, ::-1], np.ones(len(zyx))]).T)[:3].T


def test_points_are_at_the_same_place_in_the_patient() -> None:
    plane = Grid((1, 5, 7), np.array([[0, 0, 1.0, 3], [1.5, 0, 0, -2], [0, 1.5, 0, 40], [0, 0, 0, 1]]))
    grid = oblique((9, 11, 13), (2, 2, 3), [10, -4, 30])
    points = points_on(plane, grid)
    indices = np.stack(np.unravel_index(np.arange(35), (1, 5, 7)), axis=1)
    np.testing.assert_allclose(world(grid, points), world(plane, indices), atol=1e-9)


def test_a_point_is_within_from_the_first_voxels_centre_to_the_lasts() -> None:
    grid = Grid((3, 4, 5), np.eye(4))
    points = np.array([[0, 0, 0], [2, 3, 4], [-0.01, 1, 1], [1, 3.01, 1], [1, 1, 4.2]])
    assert within(points, grid).tolist() == [True, True, False, False, False]


def test_a_stacks_slices_keep_their_planes_and_get_the_other_grids_pixels() -> None:
    stack = oblique((6, 20, 24), (1.5, 1.5, 10), [10, -4, 30])
    fine = centred_grid(stack, (2, 1.25, 1.25), (32, 16, 16), (2.3, 9.1, 11.7))
    grid, places = slices_on(stack, fine)
    assert grid.shape_zyx == (6, 16, 16)
    np.testing.assert_allclose(np.diff(places), 5)
    # a pixel of slice 4 lies where the fine grid has it at that slice's place, and in the plane of the stack's slice 4
    here = world(grid, np.array([[4, 3, 12]]))
    np.testing.assert_allclose(here, world(fine, np.array([[places[4], 3, 12]])), atol=1e-9)
    np.testing.assert_allclose((np.linalg.inv(stack.affine) @ [*here[0], 1])[2], 4, atol=1e-9)
