"""Training of EDSR: degraded label maps, made anew every step, back to high-resolution ones (latent optimisation)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.degradation.thick_slices import LEVELS, displacements_px, thick_count
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import BACKGROUND, CLASSES
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.acquisition import acquired, nearest_slices, slice_places
from cardioprior.networks.edsr import EDSR
from cardioprior.training import batches
from cardioprior.training.pairs import one_hot
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting
from cardioprior.training.shape_generators import stacked_labels


def repeated(stack: Tensor, places: Sequence[float], thin: int) -> Tensor:
    """One-hot stacks (batch, classes, slices, y, x) in which every thin slice is the thick one next to it, and
    background beyond the stack's ends. places: of the slices, in thin ones."""
    nearest, inside = nearest_slices(places, thin)
    found = stack[:, :, nearest]
    beyond = torch.tensor(inside, device=stack.device).logical_not()
    found[:, :, beyond] = 0
    found[:, BACKGROUND, beyond] = 1
    return found


def degraded(labels: Tensor, level: str, spacing_mm: float, rng: np.random.Generator) -> Tensor:
    """One-hot stacks (batch, classes, slices, y, x) of label maps (batch, z, y, x), each with displacements of its own.

    The degradation of the test sets, batched and without errors of voxels.
    """
    slices = thick_count(labels.shape[1])
    draws = [displacements_px(rng, slices, LEVELS[level], spacing_mm) for _ in labels]
    shift = torch.from_numpy(np.stack(draws)).to(labels.device)
    return one_hot(acquired(one_hot(labels, CLASSES), slices, shift).argmax(dim=1), CLASSES)


def restoration_phase(network: EDSR, setting: Setting, settings: TrainingSettings, level: str, crop: int) -> Phase:
    """Cross-entropy on random crops in plane, `crop` pixels a side; the last epoch is kept."""
    train = stacked_labels(setting.train, setting.device)
    spacing_mm = stored_grid(setting.train[0].meta["grid"]).spacing_mm[2]

    def loss_of(labels: Tensor, rng: np.random.Generator, side: int) -> Tensor:
        stacks = degraded(labels, level, spacing_mm, rng)
        inputs = repeated(stacks, slice_places(labels.shape[1], stacks.shape[2]), labels.shape[1])
        y, x = rng.integers(0, labels.shape[-1] - side + 1, 2)
        logits = network(inputs[..., y : y + side, x : x + side])
        return functional.cross_entropy(logits.float(), labels[..., y : y + side, x : x + side].long())

    def loss(batch: Batch) -> Losses:
        return {"loss": loss_of(train[list(batch.members)], batch.rng, min(crop, train.shape[-1]))}

    def validate() -> Mapping[str, float]:
        if not setting.validation:
            return {}
        found = [
            loss_of(labels, np.random.default_rng(case), labels.shape[-1])
            for case, labels in enumerate(stacked_labels(setting.validation, setting.device).split(1))
        ]
        return {"loss": float(torch.stack(found).mean())}

    return Phase(
        name="restoration",
        updates=[adam_update(network, loss, settings)],
        batches=batches.shuffled(len(train), settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=validate,
    )
