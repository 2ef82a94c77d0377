"""ACNN, figure 6: outlines of segmentations of thick stacks over the stack, as acquired and with slices moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.plots import legend_of, outline, tiles
from cardioprior.figures.stack_views import middle_voxel
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV
from cardioprior.protocols.super_resolution import scored_slices
from cardioprior.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

TRUE, FOUND = "labels of the high-resolution image", "found"
COLOURS = {TRUE: "#2ecc40", FOUND: "#ff4136"}
#: test condition -> what is said of it, and the methods that the paper shows there
SHOWN = {
    "as-acquired": ("as acquired", ("2D-FCN", "ACNN-Seg")),
    "slices-moved": ("slices moved", ("3D-Seg-MAug", "ACNN-Seg")),
}
HIGH = "high resolution"
CUTS = ("across the slices", "basal", "apical")
#: place of the basal and the apical slice, in parts of the LV's length from its ends
FROM_END = 0.15
#: an image (z, y, x) and the labels found in it, None for none
Overlaid = tuple[np.ndarray, np.ndarray | None]


@dataclass(frozen=True)
class Row:
    """A subject under its heading: images by title, and the true labels (z, y, x) of all. aspect: of a voxel,
    z to x. inside: which slices planes across show, bool."""

    heading: str
    images: Mapping[str, Overlaid]
    true: np.ndarray
    aspect: float
    inside: np.ndarray


class Figure(FigureBase):
    """The first test subject by id as acquired, the second with its slices moved, not chosen by how well it went."""

    name = "acnn_figure_6"
    study = "acnn_segmentation"
    caption = (
        "Outlines of cavity and wall over the thick stack (its slices as blocks), of each method and of the labels: "
        "the first test subject by id as acquired, the second with every slice moved in plane on its own; a plane "
        "across the slices, and a basal and an apical thin slice."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        run = set(sources.metrics["method"])
        rows: list[Row] = []
        for cohort in sources.metrics["cohort"].unique():
            for place, (condition, (said, methods)) in enumerate(SHOWN.items()):
                pairs = {
                    method: next(islice(sources.predictions(cohort, method, condition), place, None), None)
                    for method in methods
                    if method in run
                }
                rows += _rows({method: pair for method, pair in pairs.items() if pair}, said)
        return sheet(rows)


def _rows(pairs: Mapping[str, tuple[Record, Record]], said: str) -> Iterator[Row]:
    """Of a subject as each method segmented it; nothing where none did."""
    if not pairs:
        return
    record = next(iter(pairs.values()))[1]
    true = record.arrays["labels"]
    stack = record.arrays["image"].repeat(len(true) // len(record.arrays["image"]), axis=0)
    images: dict[str, Overlaid] = {
        method: (stack, prediction.arrays["labels"]) for method, (prediction, _) in pairs.items()
    }
    images[HIGH] = (record.arrays["image_hr"], None)
    spacing_mm = stored_grid(record.meta["grid"]).spacing_mm
    yield Row(f"{record.subject}, {said}", images, true, spacing_mm[0] / spacing_mm[2], scored_slices(record))


def ends(true: np.ndarray) -> tuple[int, int]:
    """A basal and an apical slice of labels (z, y, x): the basal one lies near that end of the LV at which it is
    larger; the first and the last slice where there is none."""
    areas = np.count_nonzero(true == LV, axis=(1, 2))
    if not areas.any():
        return 0, len(true) - 1
    low, high = np.flatnonzero(areas)[[0, -1]]
    inset = round(FROM_END * (high - low))
    near = sorted((int(low) + inset, int(high) - inset), key=lambda z: -areas[z])
    return near[0], near[1]


def sheet(rows: list[Row]) -> Picture:
    """A line of pictures a cut, three a subject."""
    columns = max((len(row.images) for row in rows), default=1)
    picture, grid = tiles(len(CUTS) * len(rows), columns, (2.2, 2.0), below=0.4)
    for number, row in enumerate(rows):
        for line, cut in zip(grid[len(CUTS) * number :], CUTS, strict=False):
            for axes, title in zip(line, row.images, strict=False):
                _cut(axes, row, title, cut)
                heading = f"{row.heading}\n{title}" if axes is line[0] and cut is CUTS[0] else title
                axes.set_title(f"{heading}, {cut}", fontsize=7)
    legend_of(picture, COLOURS)
    return picture


def _cut(axes: Any, row: Row, title: str, cut: str) -> None:
    basal, apical = ends(row.true)
    y = middle_voxel(row.true)[1]
    plane: Any = {"across the slices": (row.inside, y), "basal": (basal,), "apical": (apical,)}[cut]
    image, found = row.images[title]
    axes.imshow(image[plane], cmap="gray", vmin=0, vmax=1, aspect=row.aspect if cut is CUTS[0] else 1)
    for name, labels in ((TRUE, row.true), (FOUND, found)):
        if labels is not None:
            for mask in (labels == LV, labels > 0):
                outline(axes, mask[plane], COLOURS[name])
