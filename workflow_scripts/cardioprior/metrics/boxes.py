"""The part of a grid that holds anything: metrics of masks cost what a structure is large, not what an image is."""

from __future__ import annotations

import numpy as np

Box = tuple[slice, ...]


def bounding_box(array: np.ndarray) -> Box:
    """Slices of the smallest box around all that is not zero in a mask or a label map, any dimension; of no length
    where all is zero.

    What a metric counts lies in the box, and cropping to it changes no surface: what is cut off is background, and so
    is the outside of an array.
    """
    inner: Box = ()
    if array.ndim > 1:
        # whole rows at a time: several times faster than asking for each axis whether it holds anything
        inner = bounding_box(np.bitwise_or.reduce(array, axis=0))
    others = tuple(range(1, array.ndim))
    hit = np.flatnonzero(array[(slice(None), *inner)].any(axis=others))
    return (slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0), *inner)


def cropped(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two label maps of one shape, cut to the box that holds all that either names. ValueError where the shapes differ."""
    if one.shape != other.shape:
        raise ValueError(f"label maps of {one.shape} and {other.shape} are not on one grid; wanted equal shapes")
    box = bounding_box(one | other)
    return one[box], other[box]
