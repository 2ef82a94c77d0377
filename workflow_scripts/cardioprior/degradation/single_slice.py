"""Cines of one slice: what the frame detector sees where no stack was scanned (thesis, section 7.5)."""

from __future__ import annotations

import numpy as np

from cardioprior.store import Record


def degrade(record: Record, rng: np.random.Generator) -> Record:
    """The middle slice in the projection's place; needs arrays `middle_slice` and `phases`. Nothing is random."""
    arrays = {"cine": record.arrays["middle_slice"], "phases": record.arrays["phases"]}
    return Record(record.subject, arrays, record.meta)
