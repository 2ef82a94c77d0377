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


def least_squares_match(data: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The linear map of an array that is nearest to a reference of its shape in least squares; a constant array becomes
    the reference's mean."""
    moved = data - data.mean(dtype=float)
    power = float((moved**2).sum())
    gain = float((moved * (reference - reference.mean(dtype=float))).sum()) / power if power else 0.0
    return gain * moved + reference.mean(dtype=float)


def between_percentiles(data: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear map of the low percentile to 0 and of the high one to 1, clamped there, float32; a constant image
    becomes 0."""
    bottom, top = np.percentile(data, [low, high])
    scaled: np.ndarray = (data.astype(np.float32) - np.float32(bottom)) / np.float32(top - bottom or 1)
    return scaled.clip(0, 1)
