"""Where the heart is in a short-axis image, and when it is contracted, from the image alone."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid, image_centre

SMOOTHING_MM = 14.0
PRIOR_MM = 70.0
QUANTILE = 0.9


def farthest_frame(frames: np.ndarray) -> int:
    """Index of the frame (t, z, y, x) that differs most from the first one, in the mean absolute difference: about
    end-systole, in a cine that starts at the R wave. The first of equals."""
    first = frames[0].astype(np.float32)
    return int(np.argmax([float(np.abs(frame.astype(np.float32) - first).mean()) for frame in frames]))


def moving_centre(frames: np.ndarray, grid: Grid) -> tuple[float, float]:
    """In-plane index (y, x) of what moves most between frames: the heart, in a breath-hold cine.

    frames: shape (t, z, y, x). The temporal standard deviation, averaged over the middle half of the slices, smoothed
    and weighted by a Gaussian about the middle of the picture (vessels and respiration move at its rim), is cut at
    its upper tenth; the centre of mass of the square of the rest is the answer. With a single frame, or nothing that
    moves, the middle of the picture.
    """
    from scipy.ndimage import gaussian_filter

    if (frames == frames[0]).all():  # the standard deviation of equal fractions is not quite zero
        return image_centre(grid)
    slices = frames.shape[1]
    middle = frames[:, slices // 4 : max(slices - slices // 4, slices // 4 + 1)].astype(np.float32)
    _, dy, dx = grid.spacing_mm
    motion = gaussian_filter(middle.std(axis=0).mean(axis=0), (SMOOTHING_MM / dy, SMOOTHING_MM / dx))
    y, x = np.indices(motion.shape)
    mid_y, mid_x = image_centre(grid)
    motion *= np.exp(-(((y - mid_y) * dy) ** 2 + ((x - mid_x) * dx) ** 2) / (2 * PRIOR_MM**2))
    weight = np.clip(motion - np.quantile(motion, QUANTILE), 0, None) ** 2
    if not weight.sum() > 0:
        return image_centre(grid)
    return float((weight * y).sum() / weight.sum()), float((weight * x).sum() / weight.sum())
