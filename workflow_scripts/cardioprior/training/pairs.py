"""Images and label maps of the same hearts (ACNN): the data and its augmentation.

Thick stacks with labels on thin slices or on their own, or volumes whose labels lie on the image's isotropic grid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardioprior.errors import CardioPriorError
from cardioprior.imaging.geometry import middle_slices, stored_grid
from cardioprior.preparations.contract import LABELS_OF
from cardioprior.store import Record
from cardioprior.training.augmentation import AffineRange, sampling_matrices, spatial_matrices, warp
from cardioprior.training.phase import Batch, Losses

#: the paper augments by affine transformations and noise and gives no ranges (guesses)
AUGMENTATION = AffineRange(rotation_deg=15, shear_deg=5, zoom=0.1)
SHIFT_MM = 6.0
NOISE_SD = 0.02
#: of every slice on its own, rigid and in plane; the paper gives no ranges (guesses)
SLICE_ROTATION_DEG, SLICE_SHIFT_MM = 3.0, 5.0


@dataclass(frozen=True)
class Pairs:
    """images: float32 (cases, z, y, x). labels: uint8 (cases, f z, y, x), f thin slices for each thick one.

    spacing_mm: of the labels' grid along z, y, x.
    """

    images: Tensor
    labels: Tensor
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device, labels_of: Mapping[str, str] = LABELS_OF) -> Pairs:
        """Every labelled frame of the records. labels_of: arrays of images with those of their labels."""
        found = [frame for record in records for frame in frames_of(record, labels_of)]
        images, labels = (torch.from_numpy(np.stack(arrays)).to(device) for arrays in zip(*found, strict=True))
        return cls(images, labels, stored_grid(records[0].meta["grid"]).spacing_mm)

    def through(self, network: nn.Module) -> Pairs:
        """The pairs with what a network of one output makes of each image in its place."""
        with torch.no_grad():
            made = [network(image[None, None])[0, 0].float() for image in self.images]
        return replace(self, images=torch.stack(made))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def factor(self) -> int:
        """Thin slices for each thick one."""
        return self.labels.shape[1] // self.images.shape[1]

    @property
    def isotropic(self) -> bool:
        """Whether images are as fine along z as in plane: such volumes are moved in space, stacks in plane."""
        return self.factor == 1 and bool(np.allclose(self.spacing_mm, self.spacing_mm[0]))

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
        (z, y, x), spacing_mm = self.labels.shape[1:], self.spacing_mm[2]
        if self.isotropic:
            draws = affine_draws(3 * len(chosen), spacing_mm, batch.rng)
            matrices = spatial_matrices(draws.reshape(len(chosen), 3, -1), (z, y, x))
        else:
            matrices = sampling_matrices(affine_draws(len(chosen), spacing_mm, batch.rng), x)
        labels = warp(self.labels[chosen], matrices, "nearest")
        found = warp(images[chosen], matrices, "bilinear")
        if slice_motion:
            found = slices_moved(found, self.spacing_mm[2], batch.rng)
        return labels, noisy(found, batch.rng)


def stacked(records: Sequence[Record], name: str, device: torch.device) -> Tensor:
    """An array of every record, (cases, ...)."""
    return torch.from_numpy(np.stack([record.arrays[name] for record in records])).to(device)


def noisy(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Images with Gaussian noise."""
    noise = rng.normal(0, NOISE_SD, tuple(images.shape)).astype(np.float32)
    return images + torch.from_numpy(noise).to(images.device)


def mean_losses(cases: int, batch_size: int, losses: Callable[[slice], Losses]) -> dict[str, float]:
    """Losses of that many cases by name, a batch at a time: one case alone takes a processor several times as long."""
    total: dict[str, float] = defaultdict(float)
    for start in range(0, cases, batch_size):
        part = slice(start, min(start + batch_size, cases))
        for name, loss in losses(part).items():
            total[name] += float(loss) * (part.stop - part.start) / cases
    return dict(total)


def affine_draws(count: int, spacing_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Draws of the augmentation's transformations in a plane, (count, 5)."""
    affine = AffineRange(AUGMENTATION.rotation_deg, AUGMENTATION.shear_deg, AUGMENTATION.zoom, SHIFT_MM / spacing_mm)
    return np.stack([affine.draw(rng) for _ in range(count)])


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


def frames_of(record: Record, labels_of: Mapping[str, str] = LABELS_OF) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images of a record with their labels, frame by frame; the middle `slices` of its meta, where there are more.
    Raises CardioPriorError where none has labels."""
    arrays = record.arrays
    found = [(arrays[i], arrays[names]) for i, names in labels_of.items() if i in arrays and names in arrays]
    if not found:
        raise CardioPriorError(
            f"{record.subject}: has {', '.join(sorted(arrays)) or 'no array'}; wanted one of {', '.join(labels_of)} "
            "with its labels"
        )
    slices = record.meta.get("slices")
    return [(middle_slices(i, slices), middle_slices(names, slices)) for i, names in found] if slices else found


def classes_of(records: Sequence[Record], labels_of: Mapping[str, str] = LABELS_OF) -> int:
    """How many classes the labels of records tell apart, background included: one more than the largest value."""
    return 1 + max(int(labels.max()) for record in records for _, labels in frames_of(record, labels_of))
