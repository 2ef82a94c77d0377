"""Distances between the surfaces of two masks: one definition, for contours (2D) and for stacks (3D).

The definition of a surface alone moves the mean distance by a quarter, and by 2.5 times on thick stacks, so it is
stated: a mask's surface is those of its voxels that have a background voxel among their face neighbours (4 in 2D,
6 in 3D); what lies outside of the array is background. Distances run between voxel centres, in mm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardioprior.metrics.boxes import bounding_box
from cardioprior.metrics.status import status_of

# Points in a leaf of the search tree: a tree that answers one query pays for building more than for searching.
LEAF_SIZE = 32


@dataclass(frozen=True)
class SurfaceDistances:
    """Both figures of one pair of masks, in mm; both nan where a mask is empty.

    mean_mm: mean of the two directed means, prediction to reference and reference to prediction, so that both surfaces
        weigh the same. Pooling all distances in one mean, as medpy's `assd` and MONAI's `symmetric=True` do, gives the
        larger surface more weight and is another number.
    hausdorff_mm: the largest distance in either direction (no percentile).
    """

    mean_mm: float
    hausdorff_mm: float


def surface_distances(prediction: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]) -> SurfaceDistances:
    """Mean surface distance and Hausdorff distance of two boolean masks of one shape, 2D or 3D.

    spacing_mm: distance between voxel centres along each axis of the masks, in the order of the axes (z, y, x).
    Empty masks: by the table in `metrics.status`. Raises as `status.check_masks` does, and ValueError where the
    spacing is not one positive number an axis.
    """
    spacing = _checked_spacing(spacing_mm, prediction.ndim)
    if status_of(prediction, reference) != "ok":
        return SurfaceDistances(math.nan, math.nan)
    box = bounding_box(prediction, reference)
    found, wanted = surface_of(prediction[box]), surface_of(reference[box])
    forth_mean, forth_max = _directed(found, wanted, spacing)
    back_mean, back_max = _directed(wanted, found, spacing)
    return SurfaceDistances((forth_mean + back_mean) / 2, max(forth_max, back_max))


def surface_of(mask: np.ndarray) -> np.ndarray:
    """Surface voxels of a boolean mask, as a mask of the same shape: the mask without its erosion by face neighbours,
    where the outside of the array is background."""
    inner = mask.copy()
    for axis in range(mask.ndim):
        kept, neighbour = np.moveaxis(inner, axis, 0), np.moveaxis(mask, axis, 0)
        kept[1:] &= neighbour[:-1]
        kept[:-1] &= neighbour[1:]
        kept[:1] = kept[-1:] = False
    return mask & ~inner


def _directed(start: np.ndarray, goal: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    """Mean and maximum, over the voxels of surface `start`, of the exact distance to the nearest one of `goal`."""
    from scipy.spatial import KDTree

    # Voxels in both surfaces are at distance 0. In a good segmentation they are many, so only the others are searched;
    # searching the surfaces is also cheaper than a distance transform of the box, which holds far more voxels.
    apart = np.argwhere(start & ~goal)
    if not len(apart):
        return 0.0, 0.0
    # A tree that is searched once is not worth balancing.
    tree = KDTree(np.argwhere(goal) * spacing, LEAF_SIZE, compact_nodes=False, balanced_tree=False)
    distances, _ = tree.query(apart * spacing)
    return float(distances.sum() / np.count_nonzero(start)), float(distances.max())


def _checked_spacing(spacing_mm: Sequence[float], dimensions: int) -> np.ndarray:
    """The spacing as an array, or ValueError where it is not one positive, finite number an axis."""
    spacing = np.asarray(spacing_mm, dtype=float)
    if spacing.shape != (dimensions,) or not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise ValueError(f"spacing_mm: found {spacing_mm}; wanted {dimensions} positive numbers, one an axis")
    return spacing
