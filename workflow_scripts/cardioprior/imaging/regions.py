"""Basal, mid-cavity and apical slices of a short-axis stack, from its labels."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.labels import LV, MYO, RV

#: where a slice lies; OF_HEART: those that hold LV or its wall
REGIONS = ("outside", "basal", "mid", "apical")
OF_HEART = REGIONS[1:]


def slice_regions(labels: np.ndarray) -> np.ndarray:
    """Index into REGIONS for every slice of a label map (z, y, x): thirds of the slices that hold LV or its wall.

    The basal end is the one with more RV; without RV, the one with the larger LV.
    """
    holds = np.flatnonzero(np.isin(labels, (LV, MYO)).any(axis=(1, 2)))
    regions = np.zeros(len(labels), np.uint8)
    if not len(holds):
        return regions
    place = np.linspace(-1, 1, len(labels))
    lv = ((labels == LV).sum(axis=(1, 2)) * place).sum()
    # RV is weighed about the middle of the slices that hold LV: it reaches further towards the base
    rv = ((labels == RV).sum(axis=(1, 2)) * (place - place[holds].mean())).sum()
    basal_last = rv > 0 if rv else lv > 0
    thirds = 1 + (3 * np.arange(len(holds))) // len(holds)
    regions[holds] = thirds[::-1] if basal_last else thirds
    return regions
