"""The part of a grid that holds anything: metrics of masks cost what a structure is large, not what an image is."""

from __future__ import annotations

from functools import reduce

import numpy as np

Box = tuple[slice, ...]


def bounding_box(*arrays: np.ndarray) -> Box:
    """Slices of the smallest box around all that is not zero in any of some masks or label maps of one shape, any
    dimension; of no length where all is zero.

    What a metric counts lies in the box, and cropping to it changes no surface: what is cut off is background, and so
    is the outside of an array.
    """
    if arrays[0].ndim == 1:
        return (_span(reduce(np.bitwise_or, arrays)),)
    # whole planes and rows at a time: several times faster than asking for each axis whether it holds anything
    inner = bounding_box(reduce(np.bitwise_or, [np.bitwise_or.reduce(array, axis=0) for array in arrays]))
    held = reduce(np.bitwise_or, [array[(slice(None), *inner)] for array in arrays])
    return (_span(np.bitwise_or.reduce(held, axis=tuple(range(1, held.ndim)))), *inner)


def _span(row: np.ndarray) -> slice:
    hit = row.nonzero()[0]
    return slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0)


def cropped(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two label maps of one shape, cut to the box that holds all that either names.

    ValueError where the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"label maps of {one.shape} and {other.shape} are not on one grid; wanted equal shapes")
    box = bounding_box(one, other)
    # each structure is looked for in all of it: worth a copy without gaps
    return np.ascontiguousarray(one[box]), np.ascontiguousarray(other[box])
