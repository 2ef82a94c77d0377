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


def between_percentiles(data: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear map of the low percentile to 0 and of the high one to 1, clamped there, float32; a constant image
    becomes 0."""
    bottom, top = np.percentile(data, [low, high])
    scaled: np.ndarray = (data.astype(np.float32) - np.float32(bottom)) / np.float32(top - bottom or 1)
    return scaled.clip(0, 1)
