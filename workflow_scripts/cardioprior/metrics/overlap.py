"""How much of two masks coincides."""

from __future__ import annotations

import math

import numpy as np

from cardioprior.metrics.status import status_of


def dice(prediction: np.ndarray, reference: np.ndarray) -> float:
    """Dice coefficient 2 |P and R| / (|P| + |R|), from 0 to 1, of two boolean masks of one shape, any dimension.

    Empty masks: by the table in `metrics.status` (0 where one is empty, nan where both are). Raises as
    `status.check_masks` does. Source: Dice, Ecology 26, 1945.
    """
    if status_of(prediction, reference) == "absent in both":
        return math.nan
    shared = np.count_nonzero(prediction & reference)
    return 2.0 * shared / (np.count_nonzero(prediction) + np.count_nonzero(reference))
