"""What pictures of thick stacks and high-resolution images show: a thin slice and two planes across the slices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cardioprior.figures.slice_pictures import Tile
from cardioprior.imaging.geometry import stored_grid
from cardioprior.protocols.super_resolution import scored_slices
from cardioprior.store import Record


def view_rows(record: Record, images: Mapping[str, np.ndarray]) -> list[list[Tile]]:
    """Three rows of tiles, a tile an image by its title: both planes across the slices through the heart's middle, then
    a thin slice near it and as far from the middles of thick slices as there is one.

    record: of paired_stacks. images: (z, y, x), on the grid of thin slices or thick, which are then shown as blocks.
    Planes across end where the subject's own stack or the high-resolution image does.
    """
    thin_slices = len(record.arrays["image_hr"])
    whole = {title: image.repeat(thin_slices // len(image), axis=0) for title, image in images.items()}
    z, y, x = middle_voxel(record.arrays.get("labels", np.zeros_like(record.arrays["image_hr"])))
    factor = thin_slices // len(record.arrays["image"])
    between = z // factor * factor  # the first of its thick slice's
    spacing_mm = stored_grid(record.meta["grid"]).spacing_mm
    across = spacing_mm[0] / spacing_mm[2]
    shown = scored_slices(record)
    return [
        [Tile(title, image[shown, y], aspect=across) for title, image in whole.items()],
        [Tile("", image[shown, :, x], aspect=across) for image in whole.values()],
        [Tile("", image[between]) for image in whole.values()],
    ]


def middle_voxel(labels: np.ndarray) -> tuple[int, int, int]:
    """The voxel in the middle of what is labelled (z, y, x), of the picture where nothing is."""
    if labels.any():
        z, y, x = (round(float(places.mean())) for places in np.nonzero(labels))
    else:
        z, y, x = (length // 2 for length in labels.shape)
    return z, y, x
