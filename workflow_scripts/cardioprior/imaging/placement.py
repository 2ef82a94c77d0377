"""Where one grid's voxels lie on another: indices with fractions. Nothing is resampled here."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid


def on_grid(source: Grid, target: Grid) -> np.ndarray:
    """4 x 4: from voxel index (x, y, z, 1) on the source to that on the target."""
    return np.linalg.inv(target.affine) @ source.affine


def points_on(source: Grid, target: Grid) -> np.ndarray:
    """Where every voxel of the source lies on the target, float (voxels, 3), indices z, y, x in reading order."""
    zyx = np.indices(source.shape_zyx).reshape(3, -1)
    places: np.ndarray = (on_grid(source, target) @ np.vstack([zyx[::-1], np.ones(zyx.shape[1])]))[2::-1].T
    return places


def within(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Which points (n, 3), indices z, y, x, lie between the outermost voxels' centres of a grid, bool (n,)."""
    return np.asarray(((points >= 0) & (points <= np.array(grid.shape_zyx) - 1)).all(axis=1))


def slices_on(source: Grid, target: Grid) -> tuple[Grid, np.ndarray]:
    """A stack's slices with another grid's pixels, and where these slices lie along that grid's z, float (slices,).

    The grids' axes have the same directions, as those of a grid that was made of the stack's.
    """
    back = np.linalg.inv(on_grid(source, target))  # the target's indices to the source's
    in_plane = np.eye(4)
    in_plane[:2] = back[:2]
    in_plane[:2, 2] = 0
    grid = Grid((source.shape_zyx[0], *target.shape_zyx[1:]), source.affine @ in_plane)
    return grid, (np.arange(source.shape_zyx[0]) - back[2, 3]) / back[2, 2]


def share_beyond(mask: np.ndarray, source: Grid, target: Grid) -> float:
    """The share of a mask (z, y, x) on the source grid whose voxels' centres lie outside the target grid's voxels.

    0 for an empty mask.
    """
    indices = np.argwhere(mask)[:, ::-1]
    if not len(indices):
        return 0.0
    places = on_grid(source, target) @ np.column_stack([indices, np.ones(len(indices))]).T
    x, y, z = (
        (axis >= -0.5) & (axis <= count - 0.5) for axis, count in zip(places[:3], target.shape_zyx[::-1], strict=True)
    )
    return float(1 - (x & y & z).mean())


def reach(source: Grid, target: Grid) -> tuple[slice, slice]:
    """The rows and columns of the source grid's images whose centres lie within the target grid's, where both have the
    same slices."""
    _, rows, columns = target.shape_zyx
    edges = np.array([[-0.5, -0.5, 0, 1], [columns - 0.5, rows - 0.5, 0, 1]]).T
    corners = on_grid(target, source) @ edges
    ends = []
    for places, count in ((corners[1], source.shape_zyx[1]), (corners[0], source.shape_zyx[2])):
        first, last = sorted(places)
        ends.append(slice(max(int(np.ceil(first)), 0), min(int(np.floor(last)) + 1, count)))
    return ends[0], ends[1]
