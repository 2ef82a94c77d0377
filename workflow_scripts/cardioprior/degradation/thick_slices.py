"""Stacks of thick slices that moved, made from high-resolution label maps (latent optimisation, eq. 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cardioprior.imaging.geometry import stored_grid
from cardioprior.store import Record

#: thin slices for each thick one
FACTOR = 5
#: mean and SD of a slice's displacement, in a direction of its own
MEAN_MM, SD_MM = 2.3, 0.87


@dataclass(frozen=True)
class Level:
    """motion: factor on every displacement. errors: share of the thick slices' voxels whose label is another's."""

    motion: float
    errors: float = 0.0


LEVELS = {"none": Level(0), "normal": Level(1), "severe": Level(4), "normal-with-errors": Level(1, 0.02)}


def thick_count(thin: int) -> int:
    """Thick slices of a volume of thin ones; 64 give 13."""
    return -(-thin // FACTOR)


def displacements_px(rng: np.random.Generator, slices: int, level: Level, spacing_mm: float) -> np.ndarray:
    """Displacements (slices, 2), y before x: magnitudes normally distributed, directions uniform."""
    length = level.motion * rng.normal(MEAN_MM, SD_MM, slices) / spacing_mm
    angle = rng.uniform(0, 2 * np.pi, slices)
    return (length[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)).astype(np.float32)


def degrade(record: Record, rng: np.random.Generator, level: str) -> Record:
    """Adds `stack` uint8 (thick slices, y, x) and `shift_px` float32 (thick slices, 2), y before x; meta `places`,
    where the slices lie along z, in thin ones.

    Labels are interpolated as masks, linearly along z and in plane, and the largest is taken.
    """
    import torch

    from cardioprior.imaging.labels import CLASSES
    from cardioprior.networks.acquisition import acquired, slice_places
    from cardioprior.training.pairs import one_hot

    labels, chosen = record.arrays["labels"], LEVELS[level]
    spacing_mm = stored_grid(record.meta["grid"]).spacing_mm[2]
    slices = thick_count(len(labels))
    shift = displacements_px(rng, slices, chosen, spacing_mm)
    masks = one_hot(torch.from_numpy(labels)[None], CLASSES)
    stack = acquired(masks, slices, torch.from_numpy(shift)[None]).argmax(dim=1)[0].numpy().astype(np.uint8)
    wrong = rng.random(stack.shape) < chosen.errors
    stack = np.where(wrong, (stack + rng.integers(1, CLASSES, stack.shape)) % CLASSES, stack).astype(np.uint8)
    about = {**record.meta, "places": slice_places(len(labels), slices)}
    return Record(record.subject, {**record.arrays, "stack": stack, "shift_px": shift}, about)
