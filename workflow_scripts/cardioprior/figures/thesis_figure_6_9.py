"""Thesis, figure 6.9: activation maps of the regression U-net over the images that they come from."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.plots import tiles
from cardioprior.imaging.labels import LV

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from cardioprior.store import Record

#: below this an activation is not drawn
FAINTEST = 0.05
SUBJECTS, SLICES = 3, 6
PHASE = "ED"


class Figure(FigureBase):
    """The first test subjects by id, not chosen by how well they went; a row a subject, slices through the heart."""

    name = "thesis_figure_6_9"
    study = "thesis_volume"
    caption = (
        f"Activation maps at {PHASE} over the images of the first {SUBJECTS} test subjects by id, with the outline of "
        "the true LV, which training never saw."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        from cardioprior.figures.plots import groups

        shown = []
        for (cohort, method), rows in groups(sources.metrics, "cohort", "method"):
            for condition in rows.loc[rows["condition"] != "", "condition"].unique():
                shown += list(islice(sources.predictions(cohort, method, condition), SUBJECTS))
        return overlays(
            [
                (
                    record.subject,
                    record.arrays[f"image_{PHASE}"],
                    prediction.arrays[f"cam_{PHASE}"],
                    _truth(record),
                )
                for prediction, record in shown
            ]
        )


def _truth(record: Record) -> np.ndarray:
    """The LV's mask (z, y, x), empty where volumes are all that is known."""
    labels = record.arrays.get(f"labels_{PHASE}")
    return np.zeros(record.arrays[f"image_{PHASE}"].shape, bool) if labels is None else labels == LV


def overlays(subjects: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]) -> Picture:
    """A row a subject: id, image, activation map from 0 to 1 and true mask, each (z, y, x)."""
    picture, grid = tiles(len(subjects), SLICES, (1.6, 1.7))
    for row, (subject, image, cam, truth) in zip(grid, subjects, strict=False):
        chosen = np.unique(np.linspace(0, len(image) - 1, SLICES).round().astype(int))
        row[0].set_title(subject, fontsize="small", loc="left")
        for axes, z in zip(row, chosen, strict=False):
            _slice(axes, image[z], cam[z], truth[z])
    return picture


def _slice(axes: Any, image: np.ndarray, cam: np.ndarray, truth: np.ndarray) -> None:
    axes.imshow(image, cmap="gray")
    axes.imshow(np.ma.masked_less(cam, FAINTEST), cmap="inferno", vmin=0, vmax=1, alpha=0.5)
    if truth.any():
        axes.contour(truth, [0.5], colors="cyan", linewidths=0.8)
