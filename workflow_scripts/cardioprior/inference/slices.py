"""Stacks with the slices between made: by mixing codes, or by interpolation along z."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from cardioprior.imaging.geometry import Grid, Interpolation, resample
from cardioprior.networks.slice_autoencoder import SliceAutoencoder, mixed


def mixed_stack(
    network: SliceAutoencoder, stack: np.ndarray, shares: Sequence[float], device: torch.device
) -> np.ndarray:
    """The slices at the given shares of the way from each slice to the next, and the last slice: (z', y, x), float32.

    stack: (z, y, x) from 0 to 1. shares: from 0 (the slice itself, reconstructed) to below 1.
    """
    with torch.no_grad():
        codes = network.encoder(torch.from_numpy(stack).to(device)[:, None])
        between = [mixed(codes[:-1], codes[1:], share) for share in shares]
        ordered = torch.stack(between, dim=1).flatten(0, 1)
        made: np.ndarray = network.decoder(torch.cat([ordered, codes[-1:]]))[:, 0].float().cpu().numpy()
    return made


def interpolated_stack(stack: np.ndarray, interpolation: Interpolation, off_slices: float = 0.0) -> np.ndarray:
    """A stack (z, y, x) with one slice between each two, (2 z - 1, y, x), every slice sampled at its own place.

    off_slices: shift of all samples along z, in slices of the result; the public code of the slice interpolation paper
    samples its baselines a quarter of a slice off. Samples beyond the stack's end slices repeat these.
    """
    places = np.clip(np.arange(2 * len(stack) - 1) + off_slices, 0, 2 * len(stack) - 2)
    if off_slices:
        return np.concatenate([_sampled(stack, interpolation, place, 1, 1.0) for place in places])
    return _sampled(stack, interpolation, 0.0, len(places), 1.0)


def _sampled(stack: np.ndarray, interpolation: Interpolation, first: float, number: int, step: float) -> np.ndarray:
    """Slices at first, first + step …, in units of half the stack's spacing."""
    source = Grid(stack.shape, np.diag([1.0, 1.0, 2.0, 1.0]))  # type: ignore[arg-type]
    affine = np.diag([1.0, 1.0, step, 1.0])
    affine[2, 3] = first
    return resample(stack, source, Grid((number, *stack.shape[1:]), affine), interpolation)
