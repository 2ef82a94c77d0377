"""The rule for empty masks, written once for every metric that compares two masks.

| prediction | reference | status | Dice | surface distances |
|---|---|---|---|---|
| some | some | ok | as measured | as measured |
| empty | some | missing in prediction | 0 | nan |
| some | empty | missing in reference | 0 | nan |
| empty | empty | absent in both | nan | nan |

A structure that one mask lacks overlaps nothing, so its Dice is 0 and counts in a mean. It has no distance: no number
of millimetres stands for "not found", so the distance is nan, its row carries the status, and tables count such rows.
Where both masks are empty there is nothing to find: no figure is earned or lost.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

Status = Literal["ok", "missing in prediction", "missing in reference", "absent in both"]
STATUSES: tuple[Status, ...] = get_args(Status)


def status_of(prediction: np.ndarray, reference: np.ndarray) -> Status:
    """Which of the two boolean masks, of one shape, hold any voxel at all. Raises as `check_masks` does."""
    check_masks(prediction, reference)
    found, wanted = bool(prediction.any()), bool(reference.any())
    if found and wanted:
        return "ok"
    if wanted:
        return "missing in prediction"
    return "missing in reference" if found else "absent in both"


def check_masks(prediction: np.ndarray, reference: np.ndarray) -> None:
    """Refuse what is not a pair of masks on one grid.

    TypeError where a mask is not boolean (a label map read as a mask would merge its structures without a word),
    ValueError where the shapes differ.
    """
    for name, mask in (("prediction", prediction), ("reference", reference)):
        if mask.dtype != np.bool_:
            raise TypeError(f"{name}: found an array of {mask.dtype}; wanted a boolean mask, such as labels == MYO")
    if prediction.shape != reference.shape:
        raise ValueError(
            f"prediction {prediction.shape} and reference {reference.shape} are not on one grid; wanted equal shapes"
        )
