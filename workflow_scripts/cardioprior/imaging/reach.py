"""How far one grid's images reach on another's."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid


def reach(source: Grid, target: Grid) -> tuple[slice, slice]:
    """The rows and columns of the source grid's images whose centres lie within the target grid's, where both have the
    same slices."""
    _, rows, columns = target.shape_zyx
    edges = np.array([[-0.5, -0.5, 0, 1], [columns - 0.5, rows - 0.5, 0, 1]]).T
    corners = np.linalg.inv(source.affine) @ target.affine @ edges
    ends = []
    for places, count in ((corners[1], source.shape_zyx[1]), (corners[0], source.shape_zyx[2])):
        first, last = sorted(places)
        ends.append(slice(max(int(np.ceil(first)), 0), min(int(np.floor(last)) + 1, count)))
    return ends[0], ends[1]
