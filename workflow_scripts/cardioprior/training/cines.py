"""Cines and their labels on the device, and k-space simulated from them while training (k-space paper, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cardioprior import seeds
from cardioprior.imaging.kspace import channels, complex_images, draw_masks, draw_waves, phase_maps, zero_filled
from cardioprior.store import Record
from cardioprior.training.augmentation import AffineRange, in_shape, sampling_matrices, warp
from cardioprior.training.rows import RowsOnDisk, rows

#: the paper augments by affine transformations and gives no ranges (guesses). shift: share of the image
AUGMENTATION = AffineRange(rotation_deg=15, shear_deg=5, zoom=0.1)
SHIFT_SHARE = 0.05


@dataclass(frozen=True)
class Cines:
    """images: float16 (cases, t, y, x), a case a slice. labels: uint8, alike."""

    images: Tensor | RowsOnDisk
    labels: Tensor | RowsOnDisk

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Cines:
        """Every slice of the records; it stays on disk where they are."""
        images, labels = (rows([r.arrays[name] for r in records], device) for name in ("cines", "cine_labels"))
        return cls(images, labels)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> tuple[int, int, int]:
        """Of a cine: (t, y, x)."""
        frames, y, x = self.labels.shape[1:]
        return frames, y, x

    @property
    def lines(self) -> int:
        """Of fully sampled k-space."""
        return self.labels.shape[-2]

    def moved(self, members: Sequence[int], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Images, float32, and labels of some cases (batch, t, y, x), each moved by an affine transformation of its
        own, the same in all frames."""
        width = self.labels.shape[-1]
        affine = AffineRange(AUGMENTATION.rotation_deg, AUGMENTATION.shear_deg, AUGMENTATION.zoom, SHIFT_SHARE * width)
        draws = np.stack([affine.draw(rng) for _ in members])
        matrices = in_shape(sampling_matrices(draws, width), (self.labels.shape[-2], width))
        index = list(members)
        return warp(self.images[index].float(), matrices, "bilinear"), warp(self.labels[index], matrices, "nearest")


@dataclass(frozen=True)
class Acquired:
    """Zero-filled images and the fully sampled ones of the same phase, each (batch, 2, t, y, x)."""

    undersampled: Tensor
    full: Tensor


def acquire(images: Tensor, lines: Tensor, generator: torch.Generator) -> Acquired:
    """k-space of magnitudes (batch, t, y, x): a phase map a case and a mask a case and frame are drawn, with `lines`
    (batch,) lines a frame. lines and generator are on the images' device."""
    count, frames, rows, columns = images.shape
    phases = phase_maps(draw_waves(count, generator, images.device), (rows, columns))
    with_phase = complex_images(images, phases)
    masks = draw_masks(lines, frames, rows, generator)
    return Acquired(channels(zero_filled(with_phase, masks)), channels(with_phase))


def fewest_lines(epoch: int, warm_epochs: int, total: int) -> int:
    """The fewest lines that are drawn in an epoch, from 0: all in the first, which is the warm start, then fewer and
    fewer, none from epoch `warm_epochs` on."""
    return round(total * max(0.0, 1 - epoch / warm_epochs)) if warm_epochs else 0


def draw_lines(count: int, fewest: int, total: int, generator: torch.Generator) -> Tensor:
    """Numbers of lines (count,), uniform from `fewest` to `total`, both included."""
    return torch.randint(fewest, total + 1, (count,), generator=generator, device=generator.device)


def generator_of(device: torch.device, seed: int, *purpose: object) -> torch.Generator:
    """The random numbers of a purpose, on a device."""
    return torch.Generator(device).manual_seed(seeds.derive(seed, *purpose))
