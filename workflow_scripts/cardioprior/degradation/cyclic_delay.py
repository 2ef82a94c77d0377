"""Cines that start anywhere in the cycle, so that ED is not always the first frame."""

from __future__ import annotations

import numpy as np

from cardioprior.store import Record


def delay(cine: np.ndarray, phases: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The cine, shape (t, ...), moved `frames` later in time; the last frames come first. Phases move along."""
    return np.roll(cine, frames, axis=0), (phases + frames) % len(cine)


def degrade(record: Record, rng: np.random.Generator) -> Record:
    """A delay drawn uniformly from 0 to the cycle's length less one frame; needs arrays `cine` and `phases`."""
    frames = int(rng.integers(len(record.arrays["cine"])))
    cine, phases = delay(record.arrays["cine"], record.arrays["phases"], frames)
    return Record(record.subject, {"cine": cine, "phases": phases}, {**record.meta, "delay": frames})
