"""Training of the autoencoder of slices (slice interpolation, section 4): crops, turns, intensities, the losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.imaging.geometry import middle
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.slice_autoencoder import SliceAutoencoder, mixed
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.losses import structural_dissimilarity
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting

#: of the sigmoid that changes intensities
GAIN, CENTRE = (2.5, 7.5), (0.25, 0.75)
#: share of the images whose intensities are changed
CHANGED = 0.5


@dataclass(frozen=True)
class Stacks:
    """All slices of a set of stacks, and the first slice of every three that follow one another in one stack.

    slices: (slices, y, x); triples: (triples,).
    """

    slices: Tensor
    triples: Tensor

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Stacks:
        """Of every frame of the records."""
        volumes = [record.arrays[name] for record in records for name in sorted(record.arrays) if _is_image(name)]
        firsts = np.cumsum([0, *(len(volume) for volume in volumes[:-1])])
        triples = [np.arange(first, first + len(v) - 2) for first, v in zip(firsts, volumes, strict=True)]
        return cls(
            torch.from_numpy(np.concatenate(volumes)).to(device),
            torch.from_numpy(np.concatenate(triples)).to(device),
        )


def _is_image(name: str) -> bool:
    return name.startswith("image_")


def augmented(images: Tensor, crop: int, rng: np.random.Generator) -> Tensor:
    """Images (batch, slices, y, x), each cropped at a random place, turned by a multiple of 90 degrees and, every other
    one, changed in intensity by a sigmoid; the slices of a member alike."""
    space = images.shape[-1] - crop
    changed = []
    for image in images:
        y, x = rng.integers(0, space + 1, 2)
        turned = torch.rot90(image[:, y : y + crop, x : x + crop], int(rng.integers(4)), (1, 2))
        gain, centre, chance = rng.uniform(*GAIN), rng.uniform(*CENTRE), rng.uniform()
        changed.append(torch.sigmoid(gain * (turned - centre)) if chance < CHANGED else turned)
    return torch.stack(changed)


def slice_phase(
    network: SliceAutoencoder, setting: Setting, settings: TrainingSettings, crop: int, scored: int
) -> Phase:
    """The paper's training: reconstruction of single slices, mean squared error, Adam; the epoch that synthesises the
    validation stacks' left-out slices best is kept. crop: side of training crops; scored: of the validated middle."""
    train = Stacks.of(setting.train, setting.device)

    def loss(batch: Batch) -> Losses:
        images = augmented(train.slices[list(batch.members), None], crop, batch.rng)
        return {"loss": functional.mse_loss(network(images).float(), images)}

    return _phase(network, loss, len(train.slices), setting, settings, scored)


def triple_phase(
    network: SliceAutoencoder, setting: Setting, settings: TrainingSettings, crop: int, scored: int, structure: float
) -> Phase:
    """A training that the paper lacks: of three slices in a row the outer two are reconstructed and the middle one is
    made from their codes, with a term on its structural similarity of weight `structure`."""
    train = Stacks.of(setting.train, setting.device)

    def loss(batch: Batch) -> Losses:
        first = train.triples[list(batch.members)]
        index = first[:, None] + torch.arange(3, device=first.device)
        before, true, after = augmented(train.slices[index], crop, batch.rng).split(1, dim=1)
        codes = network.encoder(torch.cat([before, after]))
        between = mixed(codes[: len(before)], codes[len(before) :], 0.5)
        made = network.decoder(torch.cat([codes, between])).float()
        reconstructed, synthesised = made[: 2 * len(before)], made[2 * len(before) :]
        losses = {
            "reconstruction": functional.mse_loss(reconstructed, torch.cat([before, after])),
            "synthesis": functional.mse_loss(synthesised, true),
            "structure": structural_dissimilarity(synthesised, true),
        }
        return {"loss": losses["reconstruction"] + losses["synthesis"] + structure * losses["structure"], **losses}

    return _phase(network, loss, len(train.triples), setting, settings, scored)


def _phase(
    network: SliceAutoencoder, loss: Callable[[Batch], Losses], members: int, setting: Setting,
    settings: TrainingSettings, scored: int,
) -> Phase:  # fmt: skip
    """Adam on shuffled members; the epoch that synthesises the validation stacks' left-out slices best is kept."""
    return Phase(
        name="slices",
        updates=[adam_update(network, loss, settings)],
        batches=batches.shuffled(members, settings.batch_size, setting.seed),
        epochs=settings.epochs,
        validate=lambda: synthesis_losses(network, setting, scored),
        keep="best",
    )


def synthesis_losses(network: SliceAutoencoder, setting: Setting, scored: int) -> Mapping[str, float]:
    """`loss`: mean squared error of the slices of the validation stacks that were made from their neighbours' codes;
    `reconstruction`: of all slices. On the middle of the images, `scored` pixels a side."""
    if not setting.validation:
        return {}
    made, kept = [], []
    for record in setting.validation:
        for name in filter(_is_image, sorted(record.arrays)):
            stack = middle(torch.from_numpy(record.arrays[name]).to(setting.device), scored)[:, None]
            codes = network.encoder(stack)
            between = network.decoder(mixed(codes[:-2], codes[2:], 0.5)).float()
            made.append((between - stack[1:-1]).square().mean(dim=(1, 2, 3)))
            kept.append((network.decoder(codes).float() - stack).square().mean(dim=(1, 2, 3)))
    return {"loss": float(torch.cat(made).mean()), "reconstruction": float(torch.cat(kept).mean())}
