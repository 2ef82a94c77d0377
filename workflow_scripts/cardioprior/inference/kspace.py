"""From masks and networks to labels of zero-filled cines at ED and ES (k-space paper)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cardioprior.imaging.kspace import channels, complex_images, phase_maps, zero_filled
from cardioprior.imaging.labels import CLASSES
from cardioprior.preparations.short_axis_cines import PHASES
from cardioprior.store import Record
from cardioprior.training.pairs import one_hot

#: samples that go through a network at once
AT_ONCE = 8

#: what a network makes of inputs (batch, channels, t, y, x): logits, and codes (batch, k)
Network = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Draw:
    """One draw of a degraded record: its lines a frame, its images (n, channels, t, y, x)."""

    lines: int
    images: Tensor


def zero_filled_draws(record: Record, device: torch.device) -> Iterator[Draw]:
    """Real and imaginary part of every draw of a record of degradation.kspace_lines."""
    arrays = record.arrays
    cine = torch.from_numpy(arrays["cines"]).to(device).float()
    waves = torch.from_numpy(arrays["waves"]).to(device)
    with_phase = complex_images(cine, phase_maps(waves, (cine.shape[-2], cine.shape[-1])))
    for lines, masks in zip(arrays["lines"], arrays["masks"], strict=True):
        yield Draw(int(lines), channels(zero_filled(with_phase, torch.from_numpy(masks).to(device))))


def magnitude_draws(record: Record, device: torch.device) -> Iterator[Draw]:
    """Magnitudes of every draw: those that were reconstructed where there are such, else zero-filled ones."""
    made = record.arrays.get("images")
    if made is None:
        for draw in zero_filled_draws(record, device):
            yield Draw(draw.lines, draw.images.square().sum(dim=1, keepdim=True).sqrt())
        return
    for lines, images in zip(record.arrays["lines"], made, strict=True):
        yield Draw(int(lines), torch.from_numpy(images).to(device).float()[:, None])


def at_phases(values: Tensor, record: Record) -> Tensor:
    """Of values (n, channels, t, y, x) those at ED and ES: (2, z, channels, y, x)."""
    phases = torch.from_numpy(record.arrays["phases"].astype(np.int64)).to(values.device)
    return values[phases[..., 0], :, phases[..., 1]]


def through(network: Network, images: Tensor) -> tuple[Tensor, Tensor]:
    """Logits and codes of images, some at a time."""
    with torch.no_grad():
        found = [network(some) for some in images.split(AT_ONCE)]
    logits, codes = zip(*found, strict=True)
    return torch.cat(logits).float(), torch.cat(codes).float()


def labelled(
    record: Record, draws: Iterator[Draw], network_of: Callable[[int], Network | None]
) -> dict[str, np.ndarray]:
    """Labels of the draws whose number of lines has a network.

    `labels_<phase>` uint8 (draws, z, y, x), `lines` int16 (draws,).
    """
    labels, lines = [], []
    for draw in draws:
        network = network_of(draw.lines)
        if network is None:
            continue
        logits, _ = through(network, draw.images)
        labels.append(at_phases(logits, record).argmax(dim=2).to(torch.uint8).cpu().numpy())
        lines.append(draw.lines)
    return {**_by_phase("labels", np.stack(labels, axis=1)), "lines": np.array(lines, np.int16)}


def repeated(record: Record, draws: Iterator[Draw], network: Network) -> dict[str, np.ndarray]:
    """Labels of draws that come again and again, as of `labelled`; `codes` float16 (draws, n, k); and, over the draws
    of each number of lines `mean_lines` (levels,), the mean softmax `mean_<phase>` float16 (levels, z, classes, y,
    x)."""
    labels, lines, codes = [], [], []
    sums: dict[int, Tensor] = {}
    for draw in draws:
        logits, code = through(network, draw.images)
        softmax = at_phases(logits, record).softmax(dim=2)
        sums[draw.lines] = sums.get(draw.lines, 0) + softmax
        labels.append(softmax.argmax(dim=2).to(torch.uint8).cpu().numpy())
        lines.append(draw.lines)
        codes.append(code.half().cpu().numpy())
    counts = {n: lines.count(n) for n in sums}
    means = np.stack([(total / counts[n]).half().cpu().numpy() for n, total in sums.items()], axis=1)
    return {
        **_by_phase("labels", np.stack(labels, axis=1)),
        **_by_phase("mean", means),
        "lines": np.array(lines, np.int16),
        "mean_lines": np.array(list(sums), np.int16),
        "codes": np.stack(codes),
    }


def _by_phase(name: str, arrays: np.ndarray) -> dict[str, np.ndarray]:
    return {f"{name}_{phase}": array for phase, array in zip(PHASES, arrays, strict=True)}


def label_draws(record: Record, device: torch.device) -> Iterator[Draw]:
    """The true labels (n, classes, t, y, x), one-hot, as one fully sampled draw."""
    labels = torch.from_numpy(record.arrays["cine_labels"]).to(device)
    yield Draw(labels.shape[-2], one_hot(labels, CLASSES))
