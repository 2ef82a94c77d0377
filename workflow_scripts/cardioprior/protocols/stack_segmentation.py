"""Overlap and distances of segmentations on the grid of thin slices (ACNN, table I)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV, MYO
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.metrics.surface import surface_distances
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time

BOTH = "LV+MYO"


class Protocol(ProtocolBase):
    """At ED, against the labels of the high-resolution image; LV, myocardium, and the two as one."""

    def score(self, case: Case) -> Iterator[MetricRow]:
        found, true = case.prediction.arrays["labels"], case.record.arrays["labels"]
        spacing_mm = stored_grid(case.record.meta["grid"]).spacing_mm
        for structure, values in (("LV", [LV]), ("MYO", [MYO]), (BOTH, [LV, MYO])):
            predicted, truth = (np.isin(array, values) for array in (found, true))
            where = {"structure": structure, "phase": "ED", "status": status_of(predicted, truth)}
            yield case.measured("dice", dice(predicted, truth), **where)
            if structure != BOTH:
                distances = surface_distances(predicted, truth, spacing_mm)
                yield case.measured("mean_surface_distance", distances.mean_mm, "mm", **where)
                yield case.measured("hausdorff_distance", distances.hausdorff_mm, "mm", **where)
        yield inference_time(case)
