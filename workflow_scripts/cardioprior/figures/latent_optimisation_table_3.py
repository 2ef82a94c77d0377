"""Latent optimisation, table 3: outlines of segmented and of restored labels over both views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Pair, Sources
from cardioprior.figures.plots import CONTOURS, contours, legend_of, tiles
from cardioprior.imaging.geometry import resample, stored_grid
from cardioprior.preparations.contract import LONG_AXIS

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

CONDITION = "clean"
SEGMENTED = "segmented"
#: the short-axis slices that are shown, in parts of those with a heart
SHOWN = (0.25, 0.75)


class Figure(FigureBase):
    """The first test subject by id of every cohort, not chosen by how well it went; a column a method."""

    name = "latent_optimisation_table_3"
    study = "latent_optimisation_multiview"
    caption = (
        "The 4-chamber plane and two short-axis slices of the first test subject by id, with outlines of their "
        "segmentations and of the restored labels where these views cut them."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        methods = [str(method) for method in sources.metrics["method"].unique()]
        rows: list[list[tuple[str, np.ndarray, np.ndarray]]] = []
        for cohort in sources.metrics["cohort"].unique():
            found = {m: next(iter(sources.predictions(cohort, m, CONDITION)), None) for m in methods}
            rows += _rows({method: pair for method, pair in found.items() if pair is not None})
        return sheet(rows)


def _rows(pairs: dict[str, Pair]) -> list[list[tuple[str, np.ndarray, np.ndarray]]]:
    """Title, image (y, x) and labels (y, x) of every tile: a row for the plane, and one for each slice."""
    if not pairs:
        return []
    first, record = next(iter(pairs.values()))
    restored = {method: (p.arrays["labels"], stored_grid(p.meta["grid"])) for method, (p, _) in pairs.items()}
    hearts = np.flatnonzero(first.arrays["labels_lr"].any(axis=(1, 2)))
    views = (
        ("la4ch", LONG_AXIS, "grid_la4ch", "native_la4ch", [0]),
        ("lr", "image_ED", "grid", "native", [int(hearts[round(part * (len(hearts) - 1))]) for part in SHOWN]),
    )
    rows = []
    for role, image, prepared, native, slices in views:
        grid = stored_grid(record.meta[prepared])
        segmented = (first.arrays[f"labels_{role}"], stored_grid(record.meta[native]))
        sources = {f"{record.subject}, {SEGMENTED}": segmented, **restored}
        cut = {title: resample(labels, source, grid, "nearest") for title, (labels, source) in sources.items()}
        rows += [[(title, record.arrays[image][z], labels[z]) for title, labels in cut.items()] for z in slices]
    return rows


def sheet(rows: list[list[tuple[str, np.ndarray, np.ndarray]]]) -> Picture:
    """Rows of tiles."""
    picture, grid = tiles(len(rows), max(map(len, rows), default=1), (1.9, 2.0), below=0.4)
    for line, of_row in zip(grid, rows, strict=False):
        for axes, (title, image, labels) in zip(line, of_row, strict=False):
            axes.imshow(image, cmap="gray")
            contours(axes, labels)
            axes.set_title(title, fontsize=7)
    legend_of(picture, CONTOURS)
    return picture
