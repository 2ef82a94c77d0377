"""Regression of LV volumes (thesis, chapter 6): batches of equal slice count, augmentation and the loss (eq. 6.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.volume_regressor import Regression, holds_lv, pi_estimates, volumes_ml
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.augmentation import AffineRange, sampling_matrices, warp
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

PHASE, STRUCTURE = "ED", "LV"
#: weights of the error of pi and of the L1 activity beside that of the error in ml (thesis, eq. 6.1)
PI_WEIGHT, ACTIVITY_WEIGHT = 100.0, 1e-3
#: none of these transformations changes an area
AUGMENTATION = AffineRange(rotation_deg=30, shear_deg=20)
#: shift: 15 of 88 pixels
SHIFT_SHARE = 15 / 88
#: of the Gaussian noise, images ranging from 0 to 1
NOISE_MEAN, NOISE_SD = 0.035, 0.01


@dataclass(frozen=True)
class Cases:
    """ED images and what is known of them: the LV's volume, never its mask.

    images: (z, y, x) each, any z; volumes_ml: of the LV, (cases,); voxel_volumes_ml: (cases,).
    """

    images: tuple[Tensor, ...]
    volumes_ml: Tensor
    voxel_volumes_ml: Tensor

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Cases:
        """Cases of records of short_axis_volumes."""
        volumes = [record.meta["volumes_ml"][PHASE][STRUCTURE] for record in records]
        voxels = [record.meta["voxel_volume_ml"] for record in records]
        return cls(
            tuple(torch.from_numpy(record.arrays[f"image_{PHASE}"]).to(device) for record in records),
            torch.tensor(volumes, dtype=torch.float32, device=device),
            torch.tensor(voxels, dtype=torch.float32, device=device),
        )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, members: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Images (members, z, y, x), volumes and voxel volumes (members,) of cases of equal slice count."""
        chosen = list(members)
        return torch.stack([self.images[m] for m in chosen]), self.volumes_ml[chosen], self.voxel_volumes_ml[chosen]


def regression_losses(found: Regression, true_ml: Tensor, voxel_volume_ml: Tensor) -> Losses:
    """Eq. 6.1 as `loss`, and its parts: MAE of the volume (ml), MAE of pi, L1 activity of bottleneck and map.

    true_ml, voxel_volume_ml: (batch,). The error of pi is averaged over the batch's slices that hold LV, 0 if none
    does; an activity is summed over a case's features and averaged over the batch.
    """
    volume = (volumes_ml(found.scan, voxel_volume_ml) - true_ml).abs().mean()
    holds = holds_lv(found.cam)
    pi_errors = (pi_estimates(found.scan) - math.pi).abs()
    pi = torch.where(holds, pi_errors, 0).sum() / holds.sum().clamp_min(1)
    bottleneck, cam = activity(found.bottleneck), activity(found.cam)
    loss = volume + PI_WEIGHT * pi + ACTIVITY_WEIGHT * (bottleneck + cam)
    return {"loss": loss, "volume_ml": volume, "pi": pi, "bottleneck_l1": bottleneck, "cam_l1": cam}


def activity(features: Tensor) -> Tensor:
    """L1 activity: absolute values summed over a case's features, averaged over the batch."""
    return features.float().abs().flatten(1).sum(dim=1).mean()


def augmented(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Images (batch, z, y, x), each rotated, sheared and shifted by a draw of its own, with noise of a mean above 0."""
    size = images.shape[-1]
    affine = AffineRange(AUGMENTATION.rotation_deg, AUGMENTATION.shear_deg, shift_px=SHIFT_SHARE * size)
    draws = np.stack([affine.draw(rng) for _ in images])
    noise = rng.normal(NOISE_MEAN, NOISE_SD, tuple(images.shape)).astype(np.float32)
    return warp(images, sampling_matrices(draws, size), "bilinear") + torch.from_numpy(noise).to(images.device)


def volume_phase(network: nn.Module, setting: Setting, settings: TrainingSettings) -> Phase:
    """The thesis' training: Adam, eq. 6.1, no selection among epochs; each batch is followed by an augmented one.

    Members below the number of cases are the cases as they are, those above are the same cases augmented.
    """
    train = Cases.of(setting.train, setting.device)
    validation = Cases.of(setting.validation, setting.device)

    def loss(batch: Batch) -> Losses:
        images, true_ml, voxel_volume_ml = train.take([member % len(train) for member in batch.members])
        if batch.members[0] >= len(train):
            images = augmented(images, batch.rng)
        return regression_losses(network(images[:, None]), true_ml, voxel_volume_ml)

    def validate() -> Mapping[str, float]:
        losses = []
        for case in range(len(validation)):
            images, true_ml, voxel_volume_ml = validation.take([case])
            losses.append(regression_losses(network(images[:, None]), true_ml, voxel_volume_ml))
        return {name: float(torch.stack([one[name] for one in losses]).mean()) for name in losses[0]} if losses else {}

    return Phase(
        name="volumes",
        updates=[adam_update(network, loss, settings)],
        batches=batches.with_copies([len(image) for image in train.images], settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )
