"""Stacks with the slices between made: by mixing codes, or by interpolation along z."""

from __future__ import annotations

import numpy as np
import torch

from cardioprior.imaging.geometry import Grid, Interpolation, resample
from cardioprior.networks.slice_autoencoder import SliceAutoencoder, mixed


def mixed_stack(network: SliceAutoencoder, stack: np.ndarray, places: np.ndarray, device: torch.device) -> np.ndarray:
    """Slices decoded at places along a stack, (places, y, x), float32.

    stack: (z, y, x) from 0 to 1. places: in slices, from 0 to z - 1; 2.25 mixes slices 2 and 3 with alpha .25, and 2 is
    slice 2 reconstructed.
    """
    first = np.floor(places).astype(int).clip(0, len(stack) - 1)
    following = (first + 1).clip(max=len(stack) - 1)
    alphas = torch.from_numpy((places - first).astype(np.float32)).to(device)[:, None, None, None]
    with torch.no_grad():
        codes = network.encoder(torch.from_numpy(stack).to(device)[:, None])
        slices = [
            network.decoder(mixed(codes[[one]], codes[[other]], alpha))[0, 0]
            for one, other, alpha in zip(first, following, alphas, strict=True)
        ]
    made: np.ndarray = torch.stack(slices).float().cpu().numpy()
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
