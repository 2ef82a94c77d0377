"""Segmentation of windows of three slices (thesis, chapter 5): the data on the device, the augmented set, the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior import seeds
from cardioprior.models.contract import TrainingSettings
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.augmentation import IDENTITY, AffineRange, sampling_matrices, warp
from cardioprior.training.losses import weighted_dice_loss
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

SLICES = 3
#: background, LV, MYO, RV (thesis, section 5.3.3)
CLASS_WEIGHTS = (0.1, 0.3, 0.3, 0.3)
#: The text draws zooms from 0 to 0.1; taken here as an enlargement by up to a tenth.
AUGMENTATION = AffineRange(rotation_deg=30, shear_deg=20, zoom=0.1)
#: 2045 windows become 8340
ENLARGEMENT = 8340 / 2045
#: how often a window may be drawn for augmentation
MOST_DRAWS = 4
PHASE = "ED"


@dataclass(frozen=True)
class Windows:
    """All slices of a set of volumes, and the first slice of every window of three, step 1.

    images: (slices, y, x); labels: (slices, y, x), uint8; starts: (windows,).
    """

    images: Tensor
    labels: Tensor
    starts: Tensor

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Windows:
        """Windows of the ED volumes; a volume of fewer than three slices is filled up with its last slice."""
        images: list[np.ndarray] = []
        labels: list[np.ndarray] = []
        starts: list[int] = []
        first = 0
        for record in records:
            image, label = padded(record.arrays[f"image_{PHASE}"]), padded(record.arrays[f"labels_{PHASE}"])
            images.append(image)
            labels.append(label)
            starts += range(first, first + len(image) - SLICES + 1)
            first += len(image)
        return cls(
            torch.from_numpy(np.concatenate(images)).to(device),
            torch.from_numpy(np.concatenate(labels)).to(device),
            torch.tensor(starts, device=device),
        )

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, members: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Images and labels of some windows, each (windows, 3, y, x)."""
        starts = self.starts[torch.tensor(members, device=self.starts.device)]
        index = starts[:, None] + torch.arange(SLICES, device=starts.device)
        return self.images[index], self.labels[index]


def padded(volume: np.ndarray) -> np.ndarray:
    """A volume (z, y, x) with at least three slices, the last one repeated if need be."""
    lacking = max(SLICES - len(volume), 0)
    return np.concatenate([volume, np.repeat(volume[-1:], lacking, axis=0)])


def augmented_members(windows: int, seed: int) -> tuple[list[int], np.ndarray]:
    """The enlarged training set: window of each member, and its transformation (members, 5).

    Every window as it is, then random windows with random transformations until the set has grown 8340 / 2045 times;
    a window is drawn at most four times. The set is made once, as in the thesis, not anew every epoch.
    """
    rng = np.random.default_rng(seeds.derive(seed, "augmentation"))
    extra = round(windows * (ENLARGEMENT - 1))
    pool = np.repeat(np.arange(windows), MOST_DRAWS)
    drawn = rng.permutation(pool)[:extra]
    transforms = [IDENTITY] * windows + [AUGMENTATION.draw(rng) for _ in drawn]
    return [*range(windows), *drawn.tolist()], np.stack(transforms)


def window_phase(network: nn.Module, setting: Setting, settings: TrainingSettings) -> Phase:
    """The thesis' training of one network: Adam, weighted Dice loss, no selection among epochs."""
    batch_size = settings.batch_size
    train = Windows.of(setting.train, setting.device)
    validation = Windows.of(setting.validation, setting.device) if setting.validation else train
    members, transforms = augmented_members(len(train), setting.seed)
    size = train.images.shape[-1]

    def loss_of(images: Tensor, labels: Tensor) -> Tensor:
        return weighted_dice_loss(network(images[:, None]), labels, CLASS_WEIGHTS, over_batch=True)

    def loss(batch: Batch) -> Losses:
        images, labels = train.take([members[m] for m in batch.members])
        draws = transforms[list(batch.members)]
        matrices = sampling_matrices(draws, size)
        images, labels = warp(images, matrices, "bilinear"), warp(labels, matrices, "nearest")
        return {"loss": loss_of(images, labels)}

    def validate() -> Mapping[str, float]:
        if not setting.validation:
            return {}
        losses = [
            loss_of(images, labels) * len(chunk)
            for chunk in torch.arange(len(validation)).split(batch_size)
            for images, labels in [validation.take(chunk.tolist())]
        ]
        return {"loss": float(torch.stack(losses).sum()) / len(validation)}

    return Phase(
        name="segmentation",
        updates=[adam_update(network, loss, settings)],
        batches=batches.shuffled(len(members), batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )
