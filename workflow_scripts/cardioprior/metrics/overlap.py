"""How much of two masks coincides."""

from __future__ import annotations

import math

import numpy as np

from cardioprior.metrics.status import check_masks, status_of


def dice(prediction: np.ndarray, reference: np.ndarray) -> float:
    """Dice coefficient 2 |P and R| / (|P| + |R|), from 0 to 1, of two boolean masks of one shape, any dimension.

    Empty masks: by the table in `metrics.status` (0 where one is empty, nan where both are). Raises as
    `status.check_masks` does. Source: Dice, Ecology 26, 1945.
    """
    check_masks(prediction, reference)
    total = np.count_nonzero(prediction) + np.count_nonzero(reference)
    return 2.0 * np.count_nonzero(prediction & reference) / total if total else math.nan


def best_shift_dice(prediction: np.ndarray, reference: np.ndarray, reach: int = 5) -> float:
    """The largest Dice over shifts of the whole prediction in plane by up to `reach` voxels each way.

    masks: boolean (z, y, x). What the public code of latent optimisation prints as Dice: it forgives a shift that all
    slices share. Empty masks as in `dice`.
    """
    if status_of(prediction, reference) != "ok":
        return dice(prediction, reference)
    total = np.count_nonzero(prediction) + np.count_nonzero(reference)
    padded = np.pad(prediction, ((0, 0), (reach, reach), (reach, reach)))
    y, x = reference.shape[1:]
    shared = max(
        np.count_nonzero(padded[:, dy : dy + y, dx : dx + x] & reference)
        for dy in range(2 * reach + 1)
        for dx in range(2 * reach + 1)
    )
    return 2.0 * shared / total
