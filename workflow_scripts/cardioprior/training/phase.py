"""The parts of a training phase: what is updated, by which loss, in which batches, until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """One step's place and draw: everything random in a step comes from `rng`, a function of seed and step."""

    members: tuple[int, ...]
    epoch: int
    step: int
    rng: np.random.Generator


@dataclass(frozen=True)
class Update:
    """One optimiser's part of a step. A step makes its updates in order: one for most models, two for a GAN.

    loss: gives the losses by name; the one named `loss` is minimised, the others are logged.
    rate: factor on the learning rate, by the epochs done so far, fractions of one included.
    """

    name: str
    networks: Sequence[nn.Module]
    optimiser: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
    loss: Callable[[Batch], Losses]
    rate: Callable[[float], float] = lambda epochs_done: 1.0


@dataclass(frozen=True)
class Phase:
    """A stage of training.

    batches: the epoch's batches, lists of member indices; a pure function of the epoch.
    validate: losses on the validation set by name, called in evaluation mode without gradients.
    keep: which weights the phase ends with: the last, or those of the lowest validation `loss`.
    stop: given the validation losses by epoch, whether to stop early.
    """

    name: str
    updates: Sequence[Update]
    batches: Callable[[int], Sequence[tuple[int, ...]]]
    epochs: int
    validate: Callable[[], Mapping[str, float]]
    keep: Literal["last", "best"] = "last"
    stop: Callable[[Sequence[float]], bool] = lambda losses: False
