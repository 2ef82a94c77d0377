"""A picture a subject: a slice through the heart at ED and at ES, with the labels' outlines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cardioprior import atomic
from cardioprior.cohorts.contract import Annotation, LoadedSubject, Phase, View
from cardioprior.imaging.geometry import Grid, grid_of, in_plane_grid, resample, slice_grid
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.localisation import farthest_frame, moving_centre

SIZE = 128  # pixels
SIDE_MM = {"us": 110.0}
OTHER_SIDE_MM = 160.0
COLOURS = {MYO: (46, 204, 64), LV: (255, 65, 54), RV: (57, 160, 255)}
PERCENTILES = (1.0, 99.0)
#: else the picture's bytes change with the library that writes it
NO_VERSION: Any = {"Software": None}


def write_thumbnail(path: Path, loaded: LoadedSubject) -> None:
    """Writes a PNG of two squares side by side, ED and ES.

    Without labels they are the first frame and the one that differs most from it. They lie about the labels' middle,
    else about what moves (imaging.localisation). The bytes depend on the subject alone.
    """
    from matplotlib.image import imsave

    view = loaded.views.get("sax") or next(iter(loaded.views.values()))
    centre = _centre(view)
    pictures = [_picture(view, frame, annotation, centre) for frame, annotation in _frames(view)]
    with atomic.replacing(path) as temporary:
        imsave(temporary, np.concatenate(pictures, axis=1), metadata=NO_VERSION)


def _frames(view: View) -> list[tuple[int, Annotation | None]]:
    """Index on the t axis and labels of the two frames to show."""
    phases: tuple[Phase, ...] = ("ED", "ES")
    named = [annotation for phase in phases if (annotation := view.annotation(phase))]
    shown: list[tuple[int, Annotation | None]] = [(a.frame, a) for a in named or view.annotations[:2]]
    if not shown:
        shown = [(0, None), (farthest_frame(view.image.data), None)]
    return (shown * 2)[:2]


def _centre(view: View) -> tuple[int, float, float]:
    """Slice, row and column of the heart's middle."""
    labelled = [a.labels > 0 for a in view.annotations if (a.labels > 0).any()]
    if labelled:
        z, y, x = np.argwhere(np.any(labelled, axis=0)).mean(axis=0)
        return round(float(z)), float(y), float(x)
    y, x = moving_centre(view.image.data, grid_of(view.image))
    return view.image.shape_zyx[0] // 2, y, x


def _picture(view: View, frame: int, annotation: Annotation | None, centre: tuple[int, float, float]) -> np.ndarray:
    """One square, uint8 (SIZE, SIZE, 3)."""
    z, y, x = centre
    source = slice_grid(grid_of(view.image), z)
    side_mm = SIDE_MM.get(view.role, OTHER_SIDE_MM)
    target = in_plane_grid(source, side_mm / SIZE, SIZE, (y, x))
    grey = resample(view.image.data[frame, z : z + 1], source, target, "linear")[0]
    low, high = np.percentile(view.image.data[frame, z], PERCENTILES)
    levels = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1)
    picture: np.ndarray = np.repeat((255 * levels).astype(np.uint8)[..., None], 3, axis=2)
    if annotation is not None:
        _outline(picture, annotation.labels[z : z + 1], source, target)
    return picture


def _outline(picture: np.ndarray, labels: np.ndarray, source: Grid, target: Grid) -> None:
    """Draws the border of every structure into the picture."""
    shown = resample(labels, source, target, "nearest")[0]
    for value, colour in COLOURS.items():
        mask = shown == value
        padded = np.pad(mask, 1)
        inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        picture[mask & ~inside] = colour
