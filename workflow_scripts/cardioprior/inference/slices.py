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
    return interpolated_at((np.arange(2 * len(stack) - 1) + off_slices) / 2, stack, interpolation)


def interpolated_at(places: np.ndarray, stack: np.ndarray, interpolation: Interpolation) -> np.ndarray:
    """A stack (z, y, x) at places along it (in slices), (places, y, x), float32; beyond its end slices these are
    repeated."""
    inside = np.clip(places, 0, len(stack) - 1)
    found: np.ndarray = np.tensordot(_weights(len(stack), inside, interpolation), stack, axes=1)
    return found


def _weights(slices: int, places: np.ndarray, interpolation: Interpolation) -> np.ndarray:
    """What each slice of a stack weighs at places along it (in slices), float32 (places, slices).

    Interpolation is linear in the image and, on the slices' own grid, acts along z alone: resampling a stack of unit
    images gives the weights, which costs nothing beside resampling the stack (Lanczos looks at 1000 voxels for each).
    """
    units = np.eye(slices, dtype=np.float32)[:, :, None]
    grid = Grid(units.shape, np.eye(4))  # type: ignore[arg-type]
    one = np.repeat(np.eye(4)[None], len(places), axis=0)
    one[:, 2, 3] = places
    return np.concatenate(
        [resample(units, grid, Grid((1, slices, 1), affine), interpolation)[..., 0] for affine in one]
    )
