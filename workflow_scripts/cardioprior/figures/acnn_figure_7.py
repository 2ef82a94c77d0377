"""ACNN, figure 7: outlines of the LV in ultrasound with and without the shape prior, over the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.plots import legend_of, outline, tiles
from cardioprior.imaging.geometry import resample, stored_grid
from cardioprior.imaging.labels import LV
from cardioprior.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

TRUTH = "labels"
COLOURS = {TRUTH: "#ffdc00", "FCN": "#ff4136", "ACNN-Seg": "#39a0ff"}
SUBJECTS, CONDITION = 2, "ultrasound"
#: place of the apical cut, from the apex on, in parts of the LV's length
APICAL = 0.15
CUTS = ("along", "along, at right angles", "across, middle", "across, apical")


@dataclass(frozen=True)
class Row:
    """A frame (z, y, x) under its heading, and masks of the LV on the same grid by what they come from."""

    heading: str
    image: np.ndarray
    masks: Mapping[str, np.ndarray]


class Figure(FigureBase):
    """The first test subjects by id, not chosen by how well they went; a row a phase, a column a cut."""

    name = "acnn_figure_7"
    study = "acnn_ultrasound"
    caption = (
        f"The LV's cavity in ultrasound of the first {SUBJECTS} test subjects by id at ED and ES: outlines of the "
        "labels (as prepared) and of both networks, in two planes along its length, across its middle and near its "
        "apex."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        run = [method for method in COLOURS if method in set(sources.metrics["method"])]
        rows: list[Row] = []
        for cohort in sources.metrics["cohort"].unique():
            pairs = [islice(sources.predictions(cohort, method, CONDITION), SUBJECTS) for method in run]
            for subject in zip(*pairs, strict=False):
                found = {method: prediction for method, (prediction, _) in zip(run, subject, strict=True)}
                rows += _rows(found, subject[0][1])
        return sheet(rows)


def _rows(predictions: Mapping[str, Record], record: Record) -> Iterator[Row]:
    """Of a subject, on its own grid, to which image and labels are brought back from the prepared one."""
    prepared, native = (stored_grid(record.meta[name]) for name in ("grid", "native"))
    for phase in ("ED", "ES"):
        if f"labels_{phase}" in record.arrays:
            image = resample(record.arrays[f"image_{phase}"], prepared, native, "linear")
            truth = resample((record.arrays[f"labels_{phase}"] == LV).astype(np.float32), prepared, native, "linear")
            masks = {method: found.arrays[f"labels_{phase}"] == LV for method, found in predictions.items()}
            yield Row(f"{record.subject}, {phase}", image, {TRUTH: truth > 0.5, **masks})


def cuts(truth: np.ndarray) -> list[tuple[int, int]]:
    """(axis, index) of the planes of `CUTS` through the LV: its longest axis is the one along which its mask has most
    extent, and its apex the end at which the mask is narrower."""
    places = np.argwhere(truth)
    if not len(places):
        return [(axis, truth.shape[axis] // 2) for axis in (1, 2, 0, 0)]
    low, high, middle = places.min(axis=0), places.max(axis=0), places.mean(axis=0).round().astype(int)
    long = int((high - low).argmax())
    ends = [round(a + APICAL * (b - a)) for a, b in ((low[long], high[long]), (high[long], low[long]))]
    apical = min(ends, key=lambda index: np.take(truth, index, axis=long).sum())
    others = [axis for axis in (1, 2, 0) if axis != long]
    return [*((axis, int(middle[axis])) for axis in others), (long, int(middle[long])), (long, apical)]


def sheet(rows: list[Row]) -> Picture:
    """A row of cuts a frame."""
    picture, grid = tiles(len(rows), len(CUTS), (2.2, 2.3), below=0.4)
    for line, row in zip(grid, rows, strict=False):
        for axes, (axis, index), name in zip(line, cuts(row.masks[TRUTH]), CUTS, strict=True):
            _cut(axes, row, axis, index)
            axes.set_title(f"{row.heading}\n{name}" if axes is line[0] else name, fontsize=7)
    legend_of(picture, COLOURS)
    return picture


def _cut(axes: Any, row: Row, axis: int, index: int) -> None:
    axes.imshow(np.take(row.image, index, axis=axis), cmap="gray")
    for name, mask in row.masks.items():
        outline(axes, np.take(mask, index, axis=axis), COLOURS[name])
