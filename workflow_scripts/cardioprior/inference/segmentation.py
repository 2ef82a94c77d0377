"""From prepared volumes to labels on the subject's own grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.imaging.geometry import Grid, resample, stored_grid
from cardioprior.imaging.labels import CLASSES
from cardioprior.store import Record

SLICES = 3


def segment(network: nn.Module, volume: Tensor) -> Tensor:
    """Class probabilities (classes, z, y, x) of a volume (z, y, x), from disjoint windows put together.

    Windows start at slices 0, 3, 6 ...; where the slices do not divide by three the last window is moved back to end
    with the volume and gives only the slices that are still missing.
    """
    slices = len(volume)
    if slices < SLICES:
        volume = torch.cat([volume, volume[-1:].expand(SLICES - slices, -1, -1)])
    last = len(volume) - SLICES
    starts = [min(start, last) for start in range(0, len(volume), SLICES)]
    windows = torch.stack([volume[start : start + SLICES] for start in starts])
    probabilities = network(windows[:, None]).float().softmax(dim=1)
    parts = [
        window[:, n * SLICES - start :] for n, (start, window) in enumerate(zip(starts, probabilities, strict=True))
    ]
    return torch.cat(parts, dim=1)[:, :slices]


def segment_overlapping(network: nn.Module, volume: Tensor) -> Tensor:
    """Class probabilities (classes, z, y, x) of a volume (z, y, x): every window of three, step 1, averaged slice by
    slice. A network without convolutions across slices gives what `segment` gives."""
    slices = len(volume)
    if slices <= SLICES:
        return segment(network, volume)
    windows = volume.unfold(0, SLICES, 1).movedim(-1, 1)
    probabilities = network(windows[:, None]).float().softmax(dim=1)
    total = probabilities.new_zeros(probabilities.shape[1], slices, *volume.shape[1:])
    count = total.new_zeros(slices)
    for start, window in enumerate(probabilities):
        total[:, start : start + SLICES] += window
        count[start : start + SLICES] += 1
    return total / count[:, None, None]


#: how windows become a volume
TOGETHER: dict[str, Callable[[nn.Module, Tensor], Tensor]] = {"disjoint": segment, "overlapping": segment_overlapping}


def native_labels(probabilities: np.ndarray, prepared: Grid, native: Grid) -> np.ndarray:
    """Labels (z, y, x) on the subject's own grid: the most probable class after linear interpolation.

    probabilities: (classes, z, y, x) on the prepared grid; outside it all is background.
    """
    on_native = resample(probabilities[1:CLASSES], prepared, native, "linear")
    background = 1 - resample(probabilities[1:CLASSES].sum(axis=0), prepared, native, "linear")
    return np.concatenate([background[None], on_native]).argmax(axis=0).astype(np.uint8)


def segment_phases(
    network: nn.Module, record: Record, device: torch.device, windows: str = "disjoint"
) -> dict[str, np.ndarray]:
    """Arrays `labels_<phase>` on the native grid for every `image_<phase>` of a record of short_axis_frames."""
    prepared = stored_grid(record.meta["grid"])
    native = stored_grid(record.meta["native"])
    arrays = {}
    for name in _images(record):
        with torch.no_grad():
            probabilities = TOGETHER[windows](network, torch.from_numpy(record.arrays[name]).to(device))
        arrays[name.replace("image_", "labels_")] = native_labels(probabilities.cpu().numpy(), prepared, native)
    return arrays


def _images(record: Record) -> Sequence[str]:
    return sorted(name for name in record.arrays if name.startswith("image_"))
