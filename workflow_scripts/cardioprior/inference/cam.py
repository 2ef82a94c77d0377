"""From activation maps of the regression U-net to masks (thesis, section 6.3.4), and what its box leaves of masks."""

from __future__ import annotations

import numpy as np

from cardioprior.networks.scanning_box import box_pixels

#: side of the square that a mask is dilated by: 5 pixels of 2 mm; kept in mm, as the scanning module's box
DILATION_MM = 10.0
THRESHOLD = 0.9


def dilation_pixels(spacing_mm: float) -> int:
    """Side of the dilation's square in pixels, an odd number: 5 at 2 mm."""
    return 2 * round((DILATION_MM / spacing_mm - 1) / 2) + 1


def boxed_areas(mask: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Areas (z,) in pixels that the scanning module reads off a mask (z, y, x): no more than fits the box."""
    rows, columns = (min(box_pixels(spacing_mm), size) for size in mask.shape[1:])
    boxes = np.lib.stride_tricks.sliding_window_view(mask, (rows, columns), axis=(1, 2))
    areas: np.ndarray = boxes.sum(axis=(3, 4)).max(axis=(1, 2))
    return areas


def cam_mask(cam: np.ndarray) -> np.ndarray:
    """Mask (z, y, x) of the largest object of an activation map (z, y, x) above 0.9; empty if nothing is."""
    return largest_object(cam > THRESHOLD)


def largest_object(mask: np.ndarray) -> np.ndarray:
    """The connected object of most voxels, over faces, in three dimensions; the first of equally large ones."""
    from scipy.ndimage import label

    objects, count = label(mask)
    if not count:
        return mask
    sizes = np.bincount(objects.ravel())[1:]
    found: np.ndarray = objects == 1 + int(sizes.argmax())
    return found


def dilated(mask: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Every slice of a mask (z, y, x) dilated by a square of `dilation_pixels`."""
    from scipy.ndimage import binary_dilation

    side = dilation_pixels(spacing_mm)
    grown: np.ndarray = binary_dilation(mask, np.ones((1, side, side), bool))
    return grown
