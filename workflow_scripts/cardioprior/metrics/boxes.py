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
    inner: Box = ()
    held = arrays
    if arrays[0].ndim > 1:
        # whole planes and rows at a time: several times faster than asking for each axis whether it holds anything
        inner = bounding_box(reduce(np.bitwise_or, [np.bitwise_or.reduce(array, axis=0) for array in arrays]))
        others = tuple(range(1, arrays[0].ndim))
        held = tuple(np.asarray(array[(slice(None), *inner)].any(axis=others)) for array in arrays)
    hit = reduce(np.bitwise_or, held).nonzero()[0]
    return (slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0), *inner)


def cropped(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two label maps of one shape, cut to the box that holds all that either names.

    ValueError where the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"label maps of {one.shape} and {other.shape} are not on one grid; wanted equal shapes")
    box = bounding_box(one, other)
    # each structure is looked for in all of it: worth a copy without gaps
    return np.ascontiguousarray(one[box]), np.ascontiguousarray(other[box])
