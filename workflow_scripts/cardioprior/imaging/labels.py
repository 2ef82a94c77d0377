"""The one convention of labels: 0 background, 1 LV cavity, 2 LV myocardium, 3 RV cavity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cardioprior.errors import SubjectError

BACKGROUND = 0
LV = 1
MYO = 2
RV = 3

STRUCTURES: dict[str, int] = {"LV": LV, "MYO": MYO, "RV": RV}
CLASSES = 1 + len(STRUCTURES)


def remap(array: np.ndarray, mapping: Mapping[int, int], source: str) -> np.ndarray:
    """Labels of a data set in this project's convention, uint8, same shape.

    `mapping` goes from the data set's values to ours; 0 is always background. `source` names the file in the error
    that a value without a mapping raises (SubjectError `unknown_label`).
    """
    values = np.unique(array)
    unknown = [value for value in values.tolist() if value != BACKGROUND and value not in mapping]
    if unknown:
        raise SubjectError(
            "unknown_label",
            f"{source}: holds label values {unknown}; wanted 0 and {sorted(mapping)} only",
        )
    result = np.zeros(array.shape, np.uint8)
    for theirs, ours in mapping.items():
        result[array == theirs] = ours
    return result
