"""How far a prepared grid reaches on a subject's own."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid, in_plane_grid
from cardioprior.imaging.placement import reach

#: ten rows of 1 mm and eight columns of 2 mm
NATIVE = Grid((3, 10, 8), np.diag([2.0, 1.0, 5.0, 1.0]))


def test_a_smaller_grid_reaches_as_many_millimetres_about_its_centre():
    """Six pixels of 1 mm about row 5 and column 4: 3 mm to either side, from row 2 to 8 and column 2.5 to 5.5."""
    rows, columns = reach(NATIVE, in_plane_grid(NATIVE, 1.0, 6, (5.0, 4.0)))
    assert (rows, columns) == (slice(2, 9), slice(3, 6))


def test_a_larger_grid_reaches_all_and_no_further():
    assert reach(NATIVE, in_plane_grid(NATIVE, 4.0, 16, (5.0, 4.0))) == (slice(0, 10), slice(0, 8))


def test_a_turned_grid_reaches_the_same_place():
    target = in_plane_grid(NATIVE, 1.0, 6, (5.0, 4.0))
    flipped = target.affine.copy()
    flipped[:3, 3] += 5 * flipped[:3, 0]
    flipped[:3, 0] *= -1
    assert reach(NATIVE, Grid(target.shape_zyx, flipped)) == reach(NATIVE, target)
