"""Shapes at ED and ES, the parts of a cross-validated study that models learn from, and autoencoders of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cardioprior import seeds
from cardioprior.imaging.labels import LV, MYO
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.shape_prior import ShapeAutoencoder
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.augmentation import sampling_matrices, warp
from cardioprior.training.pairs import affine_draws, one_hot
from cardioprior.training.phase import Batch, Losses, Phase
from cardioprior.training.schedules import adam_update
from cardioprior.training.setting import Setting
from cardioprior.training.shapes import reconstruction

PHASES = ("ED", "ES")
#: background, LV, MYO
CLASSES = 1 + max(LV, MYO)
#: shapes encoded at once
AT_ONCE = 32


@dataclass(frozen=True)
class Part:
    """One part of one draw: indices of the subjects that its models learn from, and of those that they are tested
    on."""

    draw: int
    number: int
    train: tuple[int, ...]
    test: tuple[int, ...]

    @property
    def autoencoder(self) -> str:
        """The name of its autoencoder."""
        return f"autoencoder-{self.draw}-{self.number}"


def parts_of(subjects: Sequence[str], parts: Mapping[str, tuple[int, ...]], draws: int | None) -> list[Part]:
    """Every part of the first draws (None: of all), of the subjects whose shapes there are. parts: as of Setting."""
    found = []
    for draw in range(len(parts[subjects[0]]))[:draws]:
        of_subject = [parts[subject][draw] for subject in subjects]
        for number in sorted(set(of_subject)):
            test = tuple(i for i, part in enumerate(of_subject) if part == number)
            train = tuple(i for i, part in enumerate(of_subject) if part != number)
            found.append(Part(draw, number, train, test))
    return found


@dataclass(frozen=True)
class Shapes:
    """labels: uint8 (subjects, 2, z, y, x), at ED and ES. spacing_mm: along z, y, x. groups: a name a subject."""

    subjects: tuple[str, ...]
    groups: tuple[str, ...]
    labels: Tensor
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, records: Sequence[Record], device: torch.device) -> Shapes:
        """Shapes of records of short_axis_shapes."""
        labels = np.stack([np.stack([record.arrays[f"shape_{phase}"] for phase in PHASES]) for record in records])
        return cls(
            tuple(record.subject for record in records),
            tuple(record.meta["group"] for record in records),
            torch.from_numpy(labels).to(device),
            tuple(records[0].meta["spacing_mm"]),
        )


def autoencoder_phase(
    name: str, autoencoder: ShapeAutoencoder, shapes: Shapes, subjects: Sequence[int], setting: Setting,
    settings: TrainingSettings,
) -> Phase:  # fmt: skip
    """An autoencoder learns the shapes of some subjects, given by index, at ED and ES."""
    train = shapes.labels[list(subjects)].flatten(0, 1)

    def loss(batch: Batch) -> Losses:
        labels = train[list(batch.members)]
        draws = affine_draws(len(labels), shapes.spacing_mm[-1], batch.rng)
        matrices = sampling_matrices(draws, labels.shape[-1])
        return {"loss": reconstruction(autoencoder, warp(labels, matrices, "nearest"), batch.rng)}

    return Phase(
        name=name,
        updates=[adam_update(autoencoder, loss, settings)],
        batches=batches.shuffled(len(train), settings.batch_size, seeds.derive(setting.seed, name)),
        epochs=settings.epochs,
        validate=dict,
    )


def encoded(autoencoder: ShapeAutoencoder, labels: Tensor) -> Tensor:
    """Codes (subjects, 2, 64) of shapes at ED and ES."""
    with torch.no_grad():
        codes = [autoencoder.encode(one_hot(some, CLASSES)) for some in labels.flatten(0, 1).split(AT_ONCE)]
    return torch.cat(codes).unflatten(0, labels.shape[:2])
