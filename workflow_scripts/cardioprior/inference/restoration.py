"""Label maps restored from degraded stacks by networks (latent optimisation)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior.imaging.labels import CLASSES
from cardioprior.inference.latent_optimisation import Schedule, Term, optimised
from cardioprior.networks.linear_shapes import LinearShapes
from cardioprior.store import Record
from cardioprior.training.pairs import one_hot
from cardioprior.training.shape_restoration import repeated


def restored(network: nn.Module, record: Record, device: torch.device) -> np.ndarray:
    """EDSR's labels, uint8 (z, y, x)."""
    stack = one_hot(torch.from_numpy(record.arrays["stack"])[None].to(device), CLASSES)
    with torch.no_grad():
        return _labels(network(repeated(stack, record.meta["places"], thin_slices(record))))[0]


def generator_of(model: Any) -> Any:
    """The generator of a stored model: a VAE's decoder, a GAN's generator, or principal components."""
    if "vae" in model.parts:
        return model["vae"].generator
    if "generator" in model.parts:
        return model["generator"]
    return LinearShapes(model["mean"], model["components"])


def optimised_shapes(
    generator: Any, records: Sequence[Record], schedule: Schedule, device: torch.device, term: Term | None = None
) -> Iterator[Record]:
    """Latent optimisation of subjects side by side, whose slices lie at the same places; see
    inference.shape_method.LatentOptimisation. term: a further loss."""
    start = time.perf_counter()
    stacks = torch.from_numpy(np.stack([record.arrays["stack"] for record in records])).to(device)
    slices = generator.at_slices(records[0].meta["places"])
    found = optimised(slices, generator.code, stacks, schedule, term)
    with torch.no_grad():
        labels = np.concatenate([_labels(generator(code)) for code in found.codes.split(1)])
    seconds = (time.perf_counter() - start) / len(records)
    for index, record in enumerate(records):
        arrays = {"labels": labels[index], "shift_px": found.shift_px[index].cpu().numpy()}
        meta = {"seconds": seconds, "iterations": int(found.iterations[index])}
        yield Record(record.subject, arrays, meta)


def thin_slices(record: Record) -> int:
    """Thin slices of the grid that is restored."""
    return int(record.meta["grid"]["shape_zyx"][0])


def _labels(logits: Tensor) -> np.ndarray:
    labels: np.ndarray = logits.float().argmax(dim=1).to(torch.uint8).cpu().numpy()
    return labels
