"""A cine's volumes, EF and mass, scored against its labels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.ejection import Protocol
from cardioprior.store import Record

ROW = MetricRow(study="s", cohort="c", method="m", condition="detected", subject="007", fold="main")
FRAMES, SHAPE = 10, (1, 10, 10)
STRUCTURES = ("LV", "MYO", "RV")


def heart(lv: int, myo: int = 0, rv: int = 0) -> np.ndarray:
    """A label map with so many voxels of each structure; a voxel is 1 ml."""
    values = [LV] * lv + [MYO] * myo + [RV] * rv
    return np.array(values + [0] * (100 - len(values)), np.uint8).reshape(SHAPE)


def scored(arrays: dict[str, np.ndarray], es_structures=STRUCTURES) -> dict[tuple[str, str, str], MetricRow]:
    """Against a heart of EDV 50, ESV 20, wall 30, RV 20 and 15 ml, ED at frame 0 and ES at frame 4."""
    volume = Volume(np.zeros((FRAMES, *SHAPE)), np.diag([10.0, 10.0, 10.0, 1.0]))
    annotations = (
        Annotation(0, "ED", STRUCTURES, heart(50, 30, 20)),
        Annotation(4, "ES", es_structures, heart(20, 30, 15)),
    )
    view = View("sax", volume, tuple(range(FRAMES)), FRAMES, annotations=annotations)
    prediction = Record("007", {"phases": np.array([4, 0]), **arrays}, {"seconds": 2.0})
    case = Case(prediction, Record("", {}), lambda: LoadedSubject(Subject("007", ()), {"sax": view}), ROW)
    return {(row.structure, row.phase, row.metric): row for row in Protocol().score(case)}


def both(row: MetricRow) -> tuple[float, float]:
    return row.value, row.reference


def test_volumes_ef_and_mass_of_labels_stand_beside_those_of_the_annotation():
    rows = scored({"labels_ED": heart(40, 20, 10), "labels_ES": heart(10, 25, 5)})
    assert both(rows["LV", "ED", "volume"]) == (40, 50)
    assert both(rows["LV", "ES", "volume"]) == (10, 20)
    assert both(rows["LV", "", "stroke_volume"]) == (30, 30)
    assert both(rows["LV", "", "ejection_fraction"]) == (75, 60)
    assert both(rows["RV", "", "ejection_fraction"]) == (50, 25)
    assert both(rows["MYO", "ED", "mass"]) == pytest.approx((21.0, 31.5))
    assert (rows["LV", "", "ejection_fraction"].unit, rows["MYO", "ED", "mass"].unit) == ("%", "g")
    assert rows["", "", "inference_time"].value == 2


def test_regressed_volumes_give_the_lvs_figures_and_nothing_else():
    rows = scored({"volume_ED": np.array(45.0), "volume_ES": np.array(9.0)})
    assert both(rows["LV", "", "ejection_fraction"]) == (80, 60)
    assert not [key for key in rows if key[0] in ("RV", "MYO")]


def test_a_cavity_that_was_not_annotated_at_one_phase_has_no_ef():
    rows = scored({"labels_ED": heart(40, 20, 10), "labels_ES": heart(10, 25, 5)}, es_structures=("LV",))
    assert ("RV", "", "ejection_fraction") not in rows and ("RV", "ED", "volume") not in rows
    assert ("LV", "", "ejection_fraction") in rows


def test_a_heart_that_was_not_found_has_volumes_of_0_and_no_ef():
    rows = scored({"labels_ED": heart(0), "labels_ES": heart(0)})
    assert both(rows["LV", "ED", "volume"]) == (0, 50)
    assert math.isnan(rows["LV", "", "ejection_fraction"].value)


def test_frames_are_missed_round_the_cycle():
    """ED is frame 0: frame 9 of ten is one away. ES is frame 4."""
    rows = scored({"phases": np.array([6, 9]), "volume_ED": np.array(45.0), "volume_ES": np.array(9.0)})
    assert rows["", "ED", "cyclic_frame_difference"].value == 1
    assert rows["", "ES", "cyclic_frame_difference"].value == 2
