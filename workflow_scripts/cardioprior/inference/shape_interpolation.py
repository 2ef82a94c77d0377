"""Label maps on the grid of thin slices from thick ones, without learning (latent optimisation, section 2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardioprior.imaging.labels import BACKGROUND
from cardioprior.networks.acquisition import nearest_slices


def repeated_slices(stack: np.ndarray, places: Sequence[float], thin: int) -> np.ndarray:
    """Label maps in which every thin slice is the thick one (z, y, x) next to it, and background beyond the stack's
    ends. places: of the slices, in thin ones."""
    nearest, inside = nearest_slices(places, thin)
    found: np.ndarray = stack[nearest]
    found[np.logical_not(inside)] = BACKGROUND
    return found


def shape_based(stack: np.ndarray, places: Sequence[float], thin: int, classes: int, spacing_mm: float) -> np.ndarray:
    """Every class' signed distance in plane, linear between thick slices; the class that lies deepest inside wins
    (shape-based interpolation; Raya and Udupa, 1990). Beyond the end slices as `repeated_slices`."""
    depth = np.stack([[signed_distance(one == value, spacing_mm) for one in stack] for value in range(classes)])
    where = np.arange(thin)
    low = np.searchsorted(places, where, side="right").clip(1, max(len(stack) - 1, 1)) - 1
    following = (low + 1).clip(max=len(stack) - 1)
    at = np.asarray(places)
    share = ((where - at[low]) / np.maximum(at[following] - at[low], 1e-9)).clip(0, 1)[:, None, None]
    found: np.ndarray = ((1 - share) * depth[:, low] + share * depth[:, following]).argmax(axis=0).astype(stack.dtype)
    _, inside = nearest_slices(places, thin)
    found[np.logical_not(inside)] = BACKGROUND
    return found


def signed_distance(mask: np.ndarray, spacing_mm: float | Sequence[float]) -> np.ndarray:
    """Distance to the border of a mask in mm, positive inside; of an empty mask, minus the array's diagonal.

    mask: of any dimension. spacing_mm: of all axes, or of each.
    """
    from scipy.ndimage import distance_transform_edt

    spacing = np.broadcast_to(spacing_mm, mask.ndim)
    diagonal = float(np.linalg.norm(spacing * mask.shape))
    if not mask.any() or mask.all():
        return np.full(mask.shape, diagonal if mask.any() else -diagonal)
    inside, outside = (distance_transform_edt(part, spacing) for part in (mask, ~mask))
    return np.where(mask, inside - spacing.min() / 2, spacing.min() / 2 - outside)
