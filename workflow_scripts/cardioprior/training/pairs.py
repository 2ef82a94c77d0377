"""Thick stacks and high-resolution label maps of the same hearts (ACNN): the data and its augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.imaging.geometry import stored_grid
from cardioprior.store import Record
from cardioprior.training.augmentation import AffineRange, sampling_matrices, warp
from cardioprior.training.phase import Batch

#: the paper augments by affine transformations and noise and gives no ranges (guesses)
AUGMENTATION = AffineRange(rotation_deg=15, shear_deg=5, zoom=0.1)
SHIFT_MM = 6.0
NOISE_SD = 0.02
#: of every slice on its own, rigid and in plane; the paper gives no ranges (guesses)
SLICE_ROTATION_DEG, SLICE_SHIFT_MM = 3.0, 5.0


@dataclass(frozen=True)
class Pairs:
    """images: float32 (cases, z, y, x). labels: uint8 (cases, f z, y, x), f thin slices for each thick one."""

    images: Tensor
    labels: Tensor
    spacing_mm: float

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Pairs:
        """Pairs of records of paired_stacks."""
        images, labels = (
            torch.from_numpy(np.stack([record.arrays[name] for record in records])).to(device)
            for name in ("image", "labels")
        )
        return cls(images, labels, stored_grid(records[0].meta["grid"]).spacing_mm[2])

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def factor(self) -> int:
        """Thin slices for each thick one."""
        return self.labels.shape[1] // self.images.shape[1]

    @cached_property
    def upsampled(self) -> Tensor:
        """The images on the labels' grid, linear along z."""
        return on_thin_slices(self.images, self.factor)

    def moved(self, images: Tensor, batch: Batch, slice_motion: bool = False) -> tuple[Tensor, Tensor]:
        """Labels and images (of these, or `upsampled`) of a batch: each pair moved by an affine transformation of its
        own, the images with noise.

        slice_motion: whether each slice of the images is moved rigidly on its own besides; the labels stay.
        """
        chosen = list(batch.members)
        matrices = affine_draws(len(chosen), self.labels.shape[-1], self.spacing_mm, batch.rng)
        labels = warp(self.labels[chosen], matrices, "nearest")
        found = warp(images[chosen], matrices, "bilinear")
        if slice_motion:
            found = slices_moved(found, self.spacing_mm, batch.rng)
        noise = batch.rng.normal(0, NOISE_SD, tuple(found.shape)).astype(np.float32)
        return labels, found + torch.from_numpy(noise).to(found.device)


def affine_draws(cases: int, size: int, spacing_mm: float, rng: np.random.Generator) -> Tensor:
    """Sampling matrices of the augmentation, one a case, of images `size` pixels a side."""
    affine = AffineRange(AUGMENTATION.rotation_deg, AUGMENTATION.shear_deg, AUGMENTATION.zoom, SHIFT_MM / spacing_mm)
    return sampling_matrices(np.stack([affine.draw(rng) for _ in range(cases)]), size)


def slices_moved(images: Tensor, spacing_mm: float, rng: np.random.Generator) -> Tensor:
    """Stacks (batch, z, y, x), every slice turned and shifted in plane by a draw of its own."""
    rigid = AffineRange(rotation_deg=SLICE_ROTATION_DEG, shift_px=SLICE_SHIFT_MM / spacing_mm)
    slices = images.flatten(0, 1)[:, None]
    matrices = sampling_matrices(np.stack([rigid.draw(rng) for _ in slices]), images.shape[-1])
    return warp(slices, matrices, "bilinear")[:, 0].unflatten(0, images.shape[:2])


def on_thin_slices(thick: Tensor, factor: int) -> Tensor:
    """Stacks (batch, z, y, x) with `factor` slices for each, linear along z, the end slices continued."""
    if factor == 1:
        return thick
    z, y, x = thick.shape[1:]
    return functional.interpolate(thick[:, None], (factor * z, y, x), mode="trilinear", align_corners=False)[:, 0]


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Labels (batch, z, y, x) as float (batch, classes, z, y, x)."""
    return functional.one_hot(labels.long(), classes).movedim(-1, 1).float()
