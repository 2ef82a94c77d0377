"""Thick stacks whose slices were scanned in different breath-holds."""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import stored_grid
from cardioprior.store import Record

#: of every slice in plane, on each axis, uniform
LARGEST_MM = 6.0


def degrade(record: Record, rng: np.random.Generator) -> Record:
    """Every slice of `image` (z, y, x) shifted in plane by a draw of its own, linear, zero coming in; no more."""
    from scipy.ndimage import shift

    spacing_mm = stored_grid(record.meta["grid"]).spacing_mm[2]
    image = record.arrays["image"]
    moves = rng.uniform(-LARGEST_MM, LARGEST_MM, (len(image), 2)) / spacing_mm
    moved = np.stack([shift(one, move, order=1) for one, move in zip(image, moves, strict=True)])
    return Record(record.subject, {**record.arrays, "image": moved.astype(np.float32)}, record.meta)
