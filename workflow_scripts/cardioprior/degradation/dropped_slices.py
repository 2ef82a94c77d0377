"""Stacks with every other slice left out (slice interpolation, section 4)."""

from __future__ import annotations

import numpy as np

from cardioprior.store import Record


def degrade(record: Record, rng: np.random.Generator) -> Record:
    """Of `image_<name>` (z, y, x) slices 0, 2, 4 … stay, up to the last one that has such a neighbour on either side
    of what it leaves out; `reference_<name>` and `regions_<name>` hold all slices up to there. Nothing is random."""
    arrays: dict[str, np.ndarray] = {}
    for name, array in record.arrays.items():
        kind, _, frame = name.partition("_")
        whole = array[: len(array) - (len(array) + 1) % 2]
        if kind == "image":
            arrays[name], arrays[f"reference_{frame}"] = whole[::2], whole
        else:
            arrays[name] = whole
    return Record(record.subject, arrays, record.meta)
