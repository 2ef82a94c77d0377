"""Detection of ES and ED in projected cines (thesis, chapter 7): data, augmentation, the two losses, the picks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import nn

from cardioprior import seeds
from cardioprior.models.contract import TrainingSettings
from cardioprior.training import batches
from cardioprior.training.augmentation import AffineRange, sampling_matrices, warp
from cardioprior.training.losses import weighted_cross_entropy, weighted_dice_loss
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

#: classes of the network, in its order
ES, ED, OTHER = 0, 1, 2
#: weights of ES, ED and the other frames (thesis, eqs. 7.1 and 7.2)
LOSSES = {
    "wce": (weighted_cross_entropy, (100.0, 100.0, 1.0)),
    "wdl": (weighted_dice_loss, (0.45, 0.45, 0.1)),
}
#: shift: 44 of 176 pixels
AUGMENTATION = AffineRange(rotation_deg=20, shear_deg=10)
SHIFT_SHARE = 44 / 176
LARGEST_DELAY = 0.4
#: 259 cases become 1813; the text transforms each case seven times
COPIES = 7


def target_of(phases: np.ndarray, frames: int) -> np.ndarray:
    """Class of every frame, shape (frames,); phases: the ES and the ED frame."""
    target = np.full(frames, OTHER)
    target[phases[0]], target[phases[1]] = ES, ED
    return target


def transformed_copies(size: int, frames: Sequence[int], rng: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    """Of the members of an augmented training set, their affine draws (members, 5) and cyclic delays (frames).

    frames: of every member's cine.
    """
    affine = AffineRange(AUGMENTATION.rotation_deg, AUGMENTATION.shear_deg, shift_px=SHIFT_SHARE * size)
    draws = np.stack([affine.draw(rng) for _ in frames])
    return draws, [int(rng.uniform(0, LARGEST_DELAY) * count) for count in frames]


def frame_phase(
    network: nn.Module, setting: Setting, loss_name: str, settings: TrainingSettings, copies: Literal["fixed", "fresh"]
) -> Phase:
    """The thesis' training with one of the two losses; the epoch of the lowest validation loss is kept.

    copies: whether every epoch sees the same transformed copies, as in the thesis, or draws them anew.
    """
    loss_function, weights = LOSSES[loss_name]
    cines = [torch.from_numpy(record.arrays["cine"]).to(setting.device) for record in setting.train]
    targets = [target_of(record.arrays["phases"], len(record.arrays["cine"])) for record in setting.train]
    size = cines[0].shape[-1]
    members = [cine for cine in range(len(cines)) for _ in range(COPIES)]
    frames = [len(cines[cine]) for cine in members]

    @lru_cache(maxsize=1)
    def transformations(draw: int) -> tuple[np.ndarray, list[int]]:
        rng = np.random.default_rng(seeds.derive(setting.seed, "augmentation", draw))
        return transformed_copies(size, frames, rng)

    def loss(batch: Batch) -> Losses:
        draws, delays = transformations(batch.epoch if copies == "fresh" else 0)
        chosen = [(members[m], delays[m]) for m in batch.members]
        images = torch.stack([cines[cine].roll(delay, 0) for cine, delay in chosen])
        target = torch.from_numpy(np.stack([np.roll(targets[cine], delay) for cine, delay in chosen]))
        images = warp(images, sampling_matrices(draws[list(batch.members)], size), "bilinear")
        return {"loss": loss_function(network(images[:, None]), target.to(setting.device), weights)}

    def validate() -> Mapping[str, float]:
        losses = []
        for record in setting.validation:
            target = target_of(record.arrays["phases"], len(record.arrays["cine"]))
            logits = network(torch.from_numpy(record.arrays["cine"]).to(setting.device)[None, None])
            losses.append(loss_function(logits, torch.from_numpy(target)[None].to(setting.device), weights))
        return {"loss": float(torch.stack(losses).mean())} if losses else {}

    return Phase(
        name="frames",
        updates=[adam_update(network, loss, settings)],
        batches=batches.grouped(frames, settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
        keep="best",
    )
