"""Images at any spacing through the plane: slices decoded from mixed codes of their neighbours."""

from __future__ import annotations

import numpy as np
import torch

from cardioprior.imaging.geometry import Grid, grid_of, image_centre, in_plane_grid, resample
from cardioprior.imaging.intensity import between_percentiles
from cardioprior.imaging.volume import Volume
from cardioprior.inference.slices import mixed_stack
from cardioprior.inference.stored import Stored
from cardioprior.preparations.in_plane_slices import HIGH, LOW

#: the autoencoder halves images four times
MULTIPLE = 16
#: places this near to a slice are that slice
SAME_PLACE = 1e-6


def places_of(slices: int, spacing_mm: float, wanted_mm: float) -> np.ndarray:
    """Where slices `wanted_mm` apart lie in a stack, in slices, from its first slice to at most its last."""
    step = wanted_mm / spacing_mm
    return np.arange(int((slices - 1) / step + 1e-6) + 1) * step


def upsampled(image: Volume, wanted_mm: float, model: Stored, device: torch.device) -> Volume:
    """The image with slices `wanted_mm` apart, on its own in-plane grid and in its own intensities, float32.

    Acquired slices that lie at a wanted place are handed through; the others are decoded from their neighbours' mixed
    codes, within the frame's 1st to 99th percentile. Frames are done one by one.
    """
    native = grid_of(image)
    places = places_of(native.shape_zyx[0], native.spacing_mm[0], wanted_mm)
    frames = [_upsampled_frame(frame, native, places, model, device) for frame in image.data]
    affine = image.affine.astype(float).copy()
    affine[:3, 2] *= wanted_mm / native.spacing_mm[0]
    return Volume(np.stack(frames), affine)


def _upsampled_frame(
    frame: np.ndarray, native: Grid, places: np.ndarray, model: Stored, device: torch.device
) -> np.ndarray:
    spacing_mm = model.preparation.settings.spacing_mm
    extent_mm = max(n * mm for n, mm in zip(native.shape_zyx[1:], native.spacing_mm[1:], strict=True))
    size = -(-int(np.ceil(extent_mm / spacing_mm)) // MULTIPLE) * MULTIPLE
    grid = in_plane_grid(native, spacing_mm, size, image_centre(native))
    low, high = np.percentile(frame, [LOW, HIGH])
    stack = resample(between_percentiles(frame, LOW, HIGH), native, grid, "linear")
    made = mixed_stack(model["autoencoder"], stack, places, device).clip(0, 1)
    wanted = Grid((len(places), *native.shape_zyx[1:]), native.affine)
    on_native = resample(made, Grid((len(places), size, size), grid.affine), wanted, "linear")
    found = (low + (high - low) * on_native).astype(np.float32)
    for index, place in enumerate(places):
        if abs(place - round(place)) < SAME_PLACE:
            found[index] = frame[round(place)]
    return found
