"""Polygons drawn on an image, with corners between pixels, and the masks that they enclose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cardioprior.errors import SubjectError

#: pixels; moves a polygon off the centres, so that of those on its line one side's are within and the other's are not
HAIR = (1.1e-6, 1.7e-6)


def read_polygon(path: Path) -> np.ndarray:
    """A text file of one corner a line, `x y` in pixels (column, row), as floats of shape (corners, 2).

    Raises SubjectError `bad_contour` for a file that holds anything else, or fewer than three corners.
    """
    if not path.is_file():
        raise SubjectError("missing_file", f"{path}: there is no such file; wanted lines of two numbers, x y")
    try:
        lines = [line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines()]
        corners = np.array([[float(x), float(y)] for x, y in filter(None, lines)]).reshape(-1, 2)
    except (OSError, ValueError) as fault:
        raise SubjectError("bad_contour", f"{path}: {fault}; wanted lines of two numbers, x y") from fault
    if len(corners) < 3 or not np.isfinite(corners).all():
        raise SubjectError("bad_contour", f"{path}: has {len(corners)} corners; wanted three or more finite ones")
    return corners


def fill_polygon(
    corners_xy: np.ndarray, shape: tuple[int, int], source: str, units_per_pixel: float = 1.0
) -> np.ndarray:
    """The mask, bool (rows, columns), of the pixels whose centre a polygon encloses; it closes itself.

    corners_xy: x along the columns, y along the rows; (0, 0) is the centre of the first pixel. units_per_pixel: above 1
    where the corners are in fractions of a pixel. Raises SubjectError `bad_contour` where a corner lies outside the
    image by more than a pixel, or no centre of a pixel within.
    """
    from skimage.draw import polygon2mask

    corners = np.asarray(corners_xy, float)[:, ::-1] / units_per_pixel
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (low < -1).any() or (high > np.array(shape)).any():
        raise SubjectError(
            "bad_contour",
            f"{source}: reaches from row {low[0]:g}, column {low[1]:g} to row {high[0]:g}, column {high[1]:g}; wanted "
            f"it in the image of {shape[0]} x {shape[1]} pixels",
        )
    # half a mask's rim counts: drawn by hand on half pixels, outlines run through the centres of many pixels
    mask: np.ndarray = polygon2mask(shape, corners + HAIR)
    if not mask.any():
        raise SubjectError("bad_contour", f"{source}: encloses no pixel; wanted a closed outline")
    return mask


def area(corners_xy: np.ndarray) -> float:
    """The area that a polygon without crossings encloses, in units of its corners squared."""
    x, y = np.asarray(corners_xy, float).T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
