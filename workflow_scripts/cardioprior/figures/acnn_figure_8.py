"""ACNN, figure 8: a thick stack, super-resolution without and with the shape prior, and the high-resolution image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.figures.contract import PREDICTIONS, FigureBase, Sources
from cardioprior.figures.slice_pictures import first_pairs, sheet
from cardioprior.figures.stack_views import view_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

CONDITION = "as-acquired"
METHODS = ("ACNN-SR without prior", "ACNN-SR")


class Figure(FigureBase):
    """The first test subject by id of every cohort, not chosen by how well it went."""

    name = "acnn_figure_8"
    study = "acnn_superresolution"
    caption = (
        "The first test subject by id: low resolution, ACNN-SR without and with its shape prior, high resolution; two "
        "planes across the slices, and a slice between the middles of two thick ones."
    )
    reads = frozenset({PREDICTIONS})

    def draw(self, sources: Sources) -> Picture:
        run = set(sources.metrics["method"])
        methods = [method for method in METHODS if method in run]
        rows = []
        for cohort in sources.metrics["cohort"].unique():
            pairs = first_pairs(sources, methods, cohort, CONDITION)
            if not pairs:
                continue
            record = next(iter(pairs.values()))[1]
            images = {"low resolution": record.arrays["image"]}
            images |= {method: prediction.arrays["upsampled"] for method, (prediction, _) in pairs.items()}
            images["high resolution"] = record.arrays["image_hr"]
            rows += view_rows(record, images)
        return sheet(rows)
