"""Whether a label map is a heart in one piece: extra pieces, holes, and cavities that touch where a wall should be.

Structures are joined over faces, and so the background over faces, edges and corners.
"""

from __future__ import annotations

import numpy as np


def extra_components(mask: np.ndarray) -> int:
    """Pieces of a boolean mask (z, y, x) beyond the first; 0 for an empty mask."""
    from scipy.ndimage import label

    return max(int(label(mask)[1]) - 1, 0)


def holes(mask: np.ndarray) -> int:
    """Pieces of the background of a boolean mask (z, y, x) that it encloses on all sides."""
    from scipy.ndimage import label

    outside = np.pad(~mask, 1, constant_values=True)
    return int(label(outside, np.ones((3, 3, 3)))[1]) - 1


def contacts(mask: np.ndarray, other: np.ndarray) -> int:
    """Faces that voxels of two boolean masks (z, y, x) share."""
    found = 0
    for axis in range(mask.ndim):
        first, second = np.moveaxis(mask, axis, 0), np.moveaxis(other, axis, 0)
        found += int(np.count_nonzero(first[1:] & second[:-1]) + np.count_nonzero(first[:-1] & second[1:]))
    return found
