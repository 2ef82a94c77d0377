"""An epoch of training of chapter 5's network, against the same network in a plain MONAI script."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.harness import Case, Work
from benchmarks.inputs import slices
from cardioprior.models.contract import TrainingSettings
from cardioprior.networks.blocks import channels_last
from cardioprior.networks.unet_3d import UNet3D
from cardioprior.store import Record
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.setting import Setting
from cardioprior.training.windows import CLASS_WEIGHTS, augmented_members, window_phase

VOLUMES, DEPTH, SIZE = 4, 8, 48
WIDTH, BATCH, RATE = 8, 4, 1e-3


def cases() -> list[Case]:
    """The 3D U-net; channels first and last, MONAI's loader in the process and in one of its own."""
    layouts = {"channels first": False, "channels last": True}
    ours = {f"cardioprior, {name}": partial(_ours, last) for name, last in reversed(layouts.items())}
    theirs = {
        f"MONAI script, {name}, {workers} worker(s)": partial(_theirs, last, workers)
        for name, last in layouts.items()
        for workers in (0, 1)
    }
    count = len(augmented_members(len(_windows()), 0)[0])
    return [
        Case(
            "Training epoch",
            f"3D U-net of width {WIDTH} (chapter 5), {count} windows of 3 slices of {SIZE} x {SIZE} in batches of "
            f"{BATCH}, fp32, augmented",
            ours | theirs,
            _agree,
            dict.fromkeys(theirs, 1.5),
            rounds=5,
            per=(count, "windows"),
        )
    ]


@cache
def _records() -> tuple[Record, ...]:
    """Volumes of slices with labels by their grey values: what is learnt does not matter here."""
    images = slices(20, SIZE)[1]
    found = []
    for number in range(VOLUMES):
        volume = np.stack([images[(number * 3 + n) % len(images)] for n in range(DEPTH)])
        labels = np.digitize(volume, np.quantile(volume, [0.5, 0.7, 0.9])).astype(np.uint8)
        found.append(Record(f"{number}", {"image_ED": volume, "labels_ED": labels}, {}))
    return tuple(found)


def _windows() -> list[dict[str, np.ndarray]]:
    return [
        {"image": arrays["image_ED"][None, first : first + 3], "label": arrays["labels_ED"][None, first : first + 3]}
        for arrays in (record.arrays for record in _records())
        for first in range(DEPTH - 2)
    ]


def _network() -> UNet3D:
    torch.manual_seed(0)
    return UNet3D(WIDTH)


def _ours(last: bool) -> Work:
    """The project's loop, as a training job runs it."""
    network = _network()
    if last:
        channels_last(network)
    settings = TrainingSettings(epochs=1, batch_size=BATCH, learning_rate=RATE, schedule="constant")
    setting = Setting(_records(), (), {}, torch.device("cpu"), 0, ())
    phase = window_phase(network, setting, settings)
    never = Path("/nonexistent/checkpoint.pt")

    def work() -> float:
        rows = train({"network": network}, [phase], never, 0, LoopSettings("fp32", float("inf"))).rows
        return rows[0].value

    return work


def _theirs(last: bool, workers: int) -> Work:
    from benchmarks.monai_script import epoch

    # the enlarged set of the thesis: as many windows as the project's epoch has
    windows = _windows()
    enlarged = [windows[member] for member in augmented_members(len(windows), 0)[0]]
    layout = torch.channels_last_3d if last else torch.contiguous_format
    torch.manual_seed(0)
    return epoch(_network(), enlarged, BATCH, layout, workers, RATE)


def _agree(values: Mapping[str, Any]) -> str:
    from monai.losses import DiceLoss

    from cardioprior.training.losses import weighted_dice_loss

    windows = _windows()[:BATCH]
    images, labels = (torch.from_numpy(np.stack([window[key] for window in windows])) for key in ("image", "label"))
    with torch.no_grad():
        logits = _network().eval()(images)
        ours = weighted_dice_loss(logits, labels[:, 0], CLASS_WEIGHTS, over_batch=True)
        weigh = DiceLoss(softmax=True, to_onehot_y=True, batch=True, weight=CLASS_WEIGHTS, reduction="sum")
        theirs = weigh(logits, labels)
    np.testing.assert_allclose(theirs.item(), ours.item(), atol=1e-3)
    return f"one loss to .001 on the same weights ({ours:.3f}); the epochs' draws are each library's own"
