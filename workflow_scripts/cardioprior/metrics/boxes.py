"""The part of a grid that holds anything: metrics of masks cost what a structure is large, not what an image is."""

from __future__ import annotations

from collections.abc import Sequence
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
    if arrays[0].ndim == 2:
        held = reduce(np.bitwise_or, arrays)
        rows = _span(np.bitwise_or.reduce(held, axis=1))
        return rows, _span(np.bitwise_or.reduce(held[rows], axis=0))
    inner = _inner_box(arrays)
    return _leading(*(array[(slice(None), *inner)] for array in arrays)), *inner


def cropped(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two label maps of one shape, at least two-dimensional, cut to the box that holds all that either names.

    ValueError where the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"label maps of {one.shape} and {other.shape} are not on one grid; wanted equal shapes")
    inner = _inner_box((one, other))
    # each structure is looked for in all of it: worth a copy without gaps
    first, second = (np.ascontiguousarray(array[(slice(None), *inner)]) for array in (one, other))
    leading = _leading(first, second)
    return first[leading], second[leading]


def _inner_box(arrays: Sequence[np.ndarray]) -> Box:
    """Of all axes but the first. Whole planes at a time: several times faster than asking for each axis whether it
    holds anything."""
    return bounding_box(reduce(np.bitwise_or, [np.bitwise_or.reduce(array, axis=0) for array in arrays]))


def _leading(*arrays: np.ndarray) -> slice:
    """Of the first axis."""
    held = reduce(np.bitwise_or, arrays)
    return _span(np.bitwise_or.reduce(held, axis=tuple(range(1, held.ndim))))


def _span(row: np.ndarray) -> slice:
    hit = row.nonzero()[0]
    return slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0)
