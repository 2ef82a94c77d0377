"""Scores of the LV in ultrasound, and the EF from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.ultrasound_segmentation import Protocol
from cardioprior.store import Record

SHAPE = (10, 10, 10)


def box(slices: int, first: int = 1) -> np.ndarray:
    """6 x 6 voxels of 1 ml in some slices."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[first : first + slices, 2:8, 2:8] = 1
    return labels


def rows(found: dict[str, np.ndarray], phases=("ED", "ES")) -> dict[tuple[str, str, str], MetricRow]:
    """Against a cavity of 6 slices (216 ml) at ED and of 3 (108 ml) at ES."""
    true = {"ED": box(6), "ES": box(3)}
    annotations = tuple(Annotation(n, phase, ("LV",), true[phase]) for n, phase in enumerate(phases))
    volume = Volume(np.zeros((2, *SHAPE)), np.diag([10.0, 10.0, 10.0, 1.0]))
    view = View("us", volume, (0, 1), 2, annotations=annotations)
    case = Case(
        Record("a", found, {"seconds": 0.5}),
        Record("a", {}),
        lambda: LoadedSubject(Subject("a", ()), {"us": view}),
        MetricRow(study="s", cohort="c", method="m", condition="ultrasound", subject="a"),
    )
    return {(row.structure, row.phase, row.metric): row for row in Protocol().score(case)}


def test_overlap_and_distances_are_in_mm_by_phase():
    found = rows({"labels_ED": box(6), "labels_ES": box(3, first=2)})
    assert found["LV", "ED", "dice"].value == 1 and found["LV", "ED", "mean_surface_distance"].value == 0
    assert found["LV", "ES", "dice"].value == pytest.approx(2 / 3)
    assert found["LV", "ES", "hausdorff_distance"].value == pytest.approx(10)


def test_the_ef_is_that_of_both_phases_volumes_beside_the_labels():
    """4 and 3 slices of 36 ml: 25 % where 6 and 3 are true, 50 %."""
    found = rows({"labels_ED": box(4), "labels_ES": box(3)})
    row = found["LV", "", "ejection_fraction"]
    assert (row.value, row.reference, row.unit) == (25, 50, "%")
    volume = found["LV", "ED", "volume"]
    assert (volume.value, volume.reference) == pytest.approx((144, 216))
    assert found["LV", "", "stroke_volume"].value == pytest.approx(36)


def test_a_cavity_that_was_not_found_at_ed_has_no_ef_and_no_distance():
    found = rows({"labels_ED": box(0), "labels_ES": box(3)})
    assert math.isnan(found["LV", "", "ejection_fraction"].value)
    assert math.isnan(found["LV", "ED", "hausdorff_distance"].value)
    assert found["LV", "ED", "dice"].value == 0 and found["LV", "ED", "dice"].status == "missing in prediction"


def test_with_one_annotated_phase_there_is_no_ef():
    found = rows({"labels_ED": box(6), "labels_ES": box(3)}, phases=("ED",))
    assert ("LV", "", "ejection_fraction") not in found and ("LV", "ED", "dice") in found
    assert ("LV", "ES", "dice") not in found
