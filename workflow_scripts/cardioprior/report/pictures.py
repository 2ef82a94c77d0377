"""Volumes and labels in as few bytes as a page can hold."""

from __future__ import annotations

import base64
import io

import numpy as np

from cardioprior.report.pages import embedded

#: of the grey values' steps; the eye tells fewer apart in a slice
LEVELS = 64
BRIGHTEST_PERCENTILE = 99.5
MOST_PIXELS = 160
LONGEST_RUN = 255


def stride(height: int, width: int) -> int:
    """Every how many-th pixel is kept of images of this size."""
    return -(-max(height, width) // MOST_PIXELS)


def strip(volume: np.ndarray) -> str:
    """A volume (z, y, x) as a URL of one PNG, slice below slice: from its smallest value to BRIGHTEST_PERCENTILE of all
    in LEVELS grey values."""
    from PIL import Image

    values = volume.astype(np.float32)
    low, high = float(values.min()), float(np.percentile(values, BRIGHTEST_PERCENTILE))
    shares = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
    grey = np.round(np.round(shares * (LEVELS - 1)) * 255 / (LEVELS - 1)).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(grey.reshape(-1, grey.shape[-1])).save(content, "PNG", optimize=True)
    return embedded(content.getvalue(), "image/png")


def runs(labels: np.ndarray) -> str:
    """Labels as base64 of bytes: a value, how often it comes in a row (at most LONGEST_RUN), the next value ..."""
    flat = labels.astype(np.uint8).ravel()
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]])
    lengths = np.diff(np.r_[starts, len(flat)])
    pieces = -(-lengths // LONGEST_RUN)
    values = np.repeat(flat[starts], pieces)
    counts = np.full(len(values), LONGEST_RUN, np.int64)
    counts[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * LONGEST_RUN
    return base64.b64encode(np.stack([values, counts.astype(np.uint8)], axis=1).tobytes()).decode()
