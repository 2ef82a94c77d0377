"""How well the displacements of a stack's slices were recovered."""

from __future__ import annotations

import math

import numpy as np


def displacement_error_mm(
    found_px: np.ndarray, true_px: np.ndarray, spacing_mm: float, counted: np.ndarray, centred: bool = False
) -> float:
    """Mean length of the difference of displacements (slices, 2) in mm, over the slices that are `counted`.

    centred: the mean difference is taken off first, as a shift that all slices share moves the shape as well. nan where
    no slice is counted.
    """
    if not counted.any():
        return math.nan
    difference = (found_px - true_px)[counted].astype(float)
    if centred:
        difference = difference - difference.mean(axis=0)
    return float(spacing_mm * np.hypot(difference[:, 0], difference[:, 1]).mean())
