"""Overlap, distances and volumes of segmentations on the subject's own grid, per structure and phase."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from cardioprior.cohorts.contract import Annotation, Role
from cardioprior.imaging.geometry import grid_of, stored_grid
from cardioprior.imaging.labels import MYO, STRUCTURES
from cardioprior.imaging.placement import reach
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.boxes import cropped
from cardioprior.metrics.clinical import absolute_relative_error, mass_g, volume_ml
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.metrics.surface import surface_distances
from cardioprior.protocols.contract import Case, ProtocolBase, Shown, inference_time

WHOLE = "whole"


class Protocol(ProtocolBase):
    """Structures are scored in the frames in which they were annotated, and nowhere else.

    `whole` is the mean Dice over the annotated structures of a subject: the printed medians of the thesis are, to
    .005, the means of the structures' medians, where the Dice of the union would lie well above them.
    """

    role: ClassVar[Role] = "sax"
    browsed: ClassVar[str] = "clean"

    def score(self, case: Case) -> Iterator[MetricRow]:
        view = case.load().views[self.role]
        for annotation in view.annotations:
            labels = case.prediction.arrays.get(f"labels_{annotation.phase}")
            if labels is not None:
                yield from _phase_rows(case, annotation, labels, view.image)
        yield inference_time(case)

    def shown(self, case: Case) -> Iterator[Shown]:
        """Frames on the subject's own grid, as far as the prepared one reaches: nothing is predicted beyond it."""
        view = case.load().views[self.role]
        rows, columns = reach(grid_of(view.image), stored_grid(case.record.meta["grid"]))
        for annotation in view.annotations:
            labels = case.prediction.arrays.get(f"labels_{annotation.phase}")
            if labels is not None:
                yield Shown(
                    annotation.phase,
                    "",
                    view.image.data[annotation.frame, :, rows, columns],
                    labels[:, rows, columns],
                    annotation.labels[:, rows, columns],
                    annotation.structures,
                    view.image.spacing_mm[1:],
                )


def _phase_rows(case: Case, annotation: Annotation, labels: np.ndarray, image: Volume) -> Iterator[MetricRow]:
    overlaps = []
    boxed = cropped(labels, annotation.labels)
    for structure in annotation.structures:
        predicted, true = (array == STRUCTURES[structure] for array in boxed)
        where = {"structure": structure, "phase": annotation.phase, "status": status_of(predicted, true)}
        overlaps.append(dice(predicted, true))
        yield case.measured("dice", overlaps[-1], **where)
        distances = surface_distances(predicted, true, image.spacing_mm)
        yield case.measured("mean_surface_distance", distances.mean_mm, "mm", **where)
        yield case.measured("hausdorff_distance", distances.hausdorff_mm, "mm", **where)
        volumes = [volume_ml(mask, image.voxel_volume_ml) for mask in (predicted, true)]
        yield case.measured("volume", volumes[0], "ml", reference=volumes[1], **where)
        yield case.measured("relative_volume_error", absolute_relative_error(*volumes), **where)
        if STRUCTURES[structure] == MYO:
            masses = [mass_g(mask, image.voxel_volume_ml) for mask in (predicted, true)]
            yield case.measured("mass", masses[0], "g", reference=masses[1], **where)
    present = [overlap for overlap in overlaps if not np.isnan(overlap)]
    status = "ok" if present else "absent in both"
    whole = float(np.mean(present)) if present else np.nan
    yield case.measured("dice", whole, structure=WHOLE, phase=annotation.phase, status=status)
