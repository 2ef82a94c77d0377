"""What a training job is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from cardioprior.store import Record


@dataclass(frozen=True)
class Setting:
    """The data, the device and the seed of one training job.

    train, validation: prepared records. dependencies: loaded models by id. stream: names the random streams (the
    model's reference), so that two models of one run draw apart. parts: in a cross-validated study, the part of every
    subject in every draw; all of them are in `train`, and the model itself keeps each part from what will test it.
    """

    train: tuple[Record, ...]
    validation: tuple[Record, ...]
    dependencies: Mapping[str, Any]
    device: torch.device
    seed: int
    stream: tuple[str, ...]
    parts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
