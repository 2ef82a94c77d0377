"""Label maps on the grid of thin slices from thick ones, without learning (latent optimisation, section 2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardioprior.networks.acquisition import slice_places


def nearest_slices(stack: np.ndarray, thin: int) -> np.ndarray:
    """Every thin slice is the thick one (z, y, x) next to it."""
    places = np.array(slice_places(thin, len(stack)))
    distances = np.abs(np.arange(thin)[:, None] - places[None, :])
    nearest: np.ndarray = stack[distances.argmin(axis=1)]
    return nearest


def shape_based(stack: np.ndarray, thin: int, classes: int, spacing_mm: float) -> np.ndarray:
    """Every class' signed distance in plane, linear between thick slices; the class that lies deepest inside wins
    (shape-based interpolation; Raya and Udupa, 1990)."""
    places = np.array(slice_places(thin, len(stack)))
    depth = np.stack([[signed_distance(one == value, spacing_mm) for one in stack] for value in range(classes)])
    where = np.arange(thin)
    low = np.searchsorted(places, where, side="right").clip(1, max(len(stack) - 1, 1)) - 1
    following = (low + 1).clip(max=len(stack) - 1)
    share = ((where - places[low]) / np.maximum(places[following] - places[low], 1e-9))[:, None, None]
    found: np.ndarray = ((1 - share) * depth[:, low] + share * depth[:, following]).argmax(axis=0).astype(stack.dtype)
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
