"""A plain MONAI script that trains the network of chapter 5, as a user of MONAI would write it.

CacheDataset, transforms, DataLoader, its Dice loss, torch's Adam. The network, the windows and the ranges of the
augmentation are this project's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from monai.data import CacheDataset, DataLoader
from monai.losses import DiceLoss
from monai.transforms import Compose, EnsureTyped, RandAffined

KEYS = ("image", "label")


def epoch(
    network: torch.nn.Module, windows: list[dict[str, np.ndarray]], batch_size: int, layout: torch.memory_format,
    workers: int, rate: float,
) -> Callable[[], float]:  # fmt: skip
    """What trains one epoch and returns its mean loss. windows: image and label, (1, 3, y, x) each."""
    transforms = Compose(
        [
            EnsureTyped(KEYS),
            RandAffined(
                KEYS,
                prob=0.75,
                rotate_range=(np.pi / 6, 0, 0),
                shear_range=(0, 0, 0, 0, np.tan(np.pi / 9), 0),
                scale_range=((0, 0), (0, 0.1), (0, 0.1)),
                mode=("bilinear", "nearest"),
                padding_mode="zeros",
            ),
        ]
    )
    data = CacheDataset(windows, transforms, progress=False)
    loader: Any = DataLoader(
        data, batch_size=batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0, drop_last=False
    )
    network = network.to(memory_format=layout)
    loss_of = DiceLoss(softmax=True, to_onehot_y=True, batch=True, weight=(0.1, 0.3, 0.3, 0.3))
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)

    def run() -> float:
        network.train()
        losses = []
        for batch in loader:
            images = batch["image"].to(memory_format=layout)
            optimiser.zero_grad()
            loss = loss_of(network(images), batch["label"])
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    return run
