"""Intensity normalisation."""

from __future__ import annotations

import numpy as np


def min_max(data: np.ndarray, axes: tuple[int, ...] | None = None) -> np.ndarray:
    """Linear map of the smallest value to 0 and the largest to 1, float32; a constant image becomes 0.

    axes: what one normalisation extends over; None for the whole array.
    """
    data = data.astype(np.float32, copy=False)
    low = data.min(axis=axes, keepdims=True)
    span = data.max(axis=axes, keepdims=True) - low
    return (data - low) / np.where(span > 0, span, 1)
