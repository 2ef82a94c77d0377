"""Restored label maps against the four-chamber plane and against the truth that no method saw (latent optimisation,
table 3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cardioprior.cohorts.contract import View
from cardioprior.imaging.geometry import grid_of, resample, stored_grid
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.metrics.displacement import displacement_error_mm
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.protocols.contract import MEAN, Case, ProtocolBase, inference_time

#: Dice of the restored labels where the plane cuts them, against the plane's segmentation and against its drawn labels;
#: against the high-resolution labels; of the segmentations that all methods start from, against the drawn labels
PLANE, PLANE_DRAWN, VOLUME, STACK_SEGMENTED, PLANE_SEGMENTED = (
    "dice_plane", "dice_plane_drawn", "dice", "dice_stack_segmentation", "dice_plane_segmentation"
)  # fmt: skip


class Protocol(ProtocolBase):
    """At ED. The plane is cut at its own pixels, nearest voxel; high-resolution labels are brought to the restored
    grid, nearest voxel, as in table S1. Displacements are scored where the cohort knows them."""

    def score(self, case: Case) -> Iterator[MetricRow]:
        found, grid = case.prediction.arrays["labels"], stored_grid(case.prediction.meta["grid"])
        stack, plane = case.prediction.arrays["labels_lr"], case.prediction.arrays["labels_la4ch"]
        views = case.load().views
        cut = resample(found, grid, grid_of(views["la4ch"].image), "nearest")
        yield from _dices(case, PLANE, cut, plane)
        for metric, labels, role in ((PLANE_DRAWN, cut, "la4ch"), (PLANE_SEGMENTED, plane, "la4ch"),
                                     (STACK_SEGMENTED, stack, "lr")):  # fmt: skip
            if (drawn := _drawn(views[role])) is not None:  # type: ignore[index]
                yield from _dices(case, metric, labels, drawn)
        if "hr" in views and (true := _drawn(views["hr"])) is not None:
            yield from _dices(case, VOLUME, found, resample(true, grid_of(views["hr"].image), grid, "nearest"))
        yield from _displacements(case, views["lr"], grid.spacing_mm[2])
        yield inference_time(case)


def _drawn(view: View) -> np.ndarray | None:
    """The labels of a view at ED; None where not all structures are annotated."""
    annotation = view.annotation("ED")
    return annotation.labels if annotation and set(annotation.structures) == set(STRUCTURES) else None


def _dices(case: Case, metric: str, found: np.ndarray, true: np.ndarray) -> Iterator[MetricRow]:
    """By structure, and their mean."""
    values = []
    for structure, value in STRUCTURES.items():
        predicted, truth = found == value, true == value
        values.append(dice(predicted, truth))
        status = status_of(predicted, truth)
        yield case.measured(metric, values[-1], structure=structure, phase="ED", status=status)
    yield case.measured(metric, float(np.mean(values)), structure=MEAN, phase="ED")


def _displacements(case: Case, view: View, spacing_mm: float) -> Iterator[MetricRow]:
    """Of the slices that show something: the error, the same with its mean taken off, and how far they lay off."""
    arrays = case.prediction.arrays
    if "shift_px" not in arrays:
        return
    yield case.measured("iterations", case.prediction.meta["iterations"], "count", phase="ED")
    if not view.slice_shift_mm:
        return
    true = np.array(view.slice_shift_mm)[arrays["slices"]] / spacing_mm
    counted = np.any(arrays["stack"], axis=(1, 2))
    for metric, found, centred in (
        ("displacement_error", arrays["shift_px"], False),
        ("displacement_error_centred", arrays["shift_px"], True),
        ("displacement", np.zeros_like(true), False),
        ("displacement_centred", np.zeros_like(true), True),
    ):
        error = displacement_error_mm(found, true, spacing_mm, counted, centred)
        yield case.measured(metric, error, "mm", phase="ED")
