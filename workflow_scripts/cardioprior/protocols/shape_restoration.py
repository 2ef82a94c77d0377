"""Overlap, distance, plausibility and recovered displacements of restored label maps (latent optimisation)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.metrics.displacement import displacement_error_mm
from cardioprior.metrics.overlap import best_shift_dice, dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.metrics.surface import surface_distances
from cardioprior.metrics.topology import contacts, extra_components, holes
from cardioprior.protocols.contract import MEAN, Case, ProtocolBase, inference_time


class Protocol(ProtocolBase):
    """At ED, against the high-resolution labels that the stack was made from; structures that were annotated, alone and
    their mean."""

    def score(self, case: Case) -> Iterator[MetricRow]:
        found, true = case.prediction.arrays["labels"], case.record.arrays["labels"]
        spacing_mm = stored_grid(case.record.meta["grid"]).spacing_mm
        scores: dict[str, list[float]] = {"dice": [], "dice_best_shift": []}
        annotated = case.record.meta["structures"]
        for structure in annotated:
            predicted, truth = found == STRUCTURES[structure], true == STRUCTURES[structure]
            where = {"structure": structure, "phase": "ED", "status": status_of(predicted, truth)}
            for metric, function in (("dice", dice), ("dice_best_shift", best_shift_dice)):
                scores[metric].append(function(predicted, truth))
                yield case.measured(metric, scores[metric][-1], **where)
            distances = surface_distances(predicted, truth, spacing_mm)
            yield case.measured("hausdorff_distance", distances.hausdorff_mm, "mm", **where)
            yield case.measured("extra_components", extra_components(predicted), "count", **where)
            yield case.measured("holes", holes(predicted), "count", **where)
        for metric, values in scores.items():
            yield case.measured(metric, float(np.mean(values)), structure=MEAN, phase="ED")
        if {"LV", "RV"} <= set(annotated):
            touching = contacts(found == STRUCTURES["LV"], found == STRUCTURES["RV"])
            yield case.measured("contacts", touching, "faces", structure="LV-RV", phase="ED")
        yield from _displacements(case, spacing_mm[2])
        yield inference_time(case)


def _displacements(case: Case, spacing_mm: float) -> Iterator[MetricRow]:
    if "shift_px" not in case.prediction.arrays:
        return
    found, true = case.prediction.arrays["shift_px"], case.record.arrays["shift_px"]
    counted = np.any(case.record.arrays["stack"], axis=(1, 2))
    for metric, centred in (("displacement_error", False), ("displacement_error_centred", True)):
        error = displacement_error_mm(found, true, spacing_mm, counted, centred)
        yield case.measured(metric, error, "mm", phase="ED")
    yield case.measured("iterations", case.prediction.meta["iterations"], "count", phase="ED")
