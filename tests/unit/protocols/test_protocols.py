"""One subject's prediction, scored: what is annotated counts, what is not does not exist."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols import frame_detection, segmentation
from cardioprior.protocols.contract import Case
from cardioprior.store import Record

ROW = MetricRow(study="s", cohort="c", method="m", condition="clean", subject="007", group="NOR", fold="main")
VOXEL_ML = 2.0 * 5.0 * 10.0 / 1000


def truth() -> np.ndarray:
    """Two slices of four columns: background, LV, MYO, RV, six rows of two voxels each."""
    return np.tile(np.repeat(np.array([0, 1, 2, 3], np.uint8), 2), (2, 6, 1))


def segmented(arrays: dict[str, np.ndarray], *annotations: Annotation) -> list[MetricRow]:
    image = Volume(np.zeros((2, 2, 6, 8)), np.diag([2.0, 5.0, 10.0, 1.0]))
    view = View("sax", image, (0, 10), 30, annotations=annotations)
    loaded = LoadedSubject(Subject("007", ()), {"sax": view})
    prediction = Record("007", arrays, {"seconds": 1.25})
    case = Case(prediction, Record("007", {}), lambda: loaded, ROW)
    return list(segmentation.Protocol().score(case))


ED = Annotation(0, "ED", ("LV", "MYO", "RV"), truth())
ES = Annotation(1, "ES", ("LV", "RV"), np.where(truth() == 2, 0, truth()).astype(np.uint8))


def figure(rows: list[MetricRow], phase: str, structure: str, metric: str) -> MetricRow:
    (row,) = [r for r in rows if (r.phase, r.structure, r.metric) == (phase, structure, metric)]
    return row


def test_a_perfect_segmentation_has_dice_one_no_distance_and_no_error():
    rows = segmented({"labels_ED": truth()}, ED)
    for structure in ("LV", "MYO", "RV"):
        wanted = {"dice": 1, "mean_surface_distance": 0, "hausdorff_distance": 0, "relative_volume_error": 0}
        for metric, value in wanted.items():
            assert figure(rows, "ED", structure, metric).value == value
        volume = figure(rows, "ED", structure, "volume")
        assert (volume.value, volume.reference, volume.unit) == pytest.approx((24 * VOXEL_ML, 24 * VOXEL_ML, "ml"))


def test_structures_that_were_not_annotated_give_no_row():
    rows = segmented({"labels_ED": truth(), "labels_ES": truth()}, ED, ES)
    assert {r.structure for r in rows if r.phase == "ED"} == {"LV", "MYO", "RV", "whole"}
    assert {r.structure for r in rows if r.phase == "ES"} == {"LV", "RV", "whole"}


def test_whole_is_the_mean_dice_of_the_annotated_structures():
    """At ED all of LV, none of MYO and half of RV is found: 1, 0 and 2 x 12 / 36. At ES the myocardium is not asked."""
    found = truth()
    found[found == 2] = 0
    found[1][found[1] == 3] = 0
    rows = segmented({"labels_ED": found, "labels_ES": found}, ED, ES)
    assert figure(rows, "ED", "whole", "dice").value == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert figure(rows, "ES", "whole", "dice").value == pytest.approx((1 + 2 / 3) / 2)


def test_a_structure_not_found_has_dice_zero_no_distance_and_says_so():
    found = np.where(truth() == 3, 0, truth()).astype(np.uint8)
    rows = segmented({"labels_ED": found}, ED)
    assert figure(rows, "ED", "RV", "dice").value == 0
    distance = figure(rows, "ED", "RV", "hausdorff_distance")
    assert math.isnan(distance.value) and distance.status == "missing in prediction"
    assert figure(rows, "ED", "RV", "relative_volume_error").value == 1


def test_a_structure_absent_in_both_is_left_out_of_the_whole():
    neither = np.where(truth() == 3, 0, truth()).astype(np.uint8)
    rows = segmented({"labels_ED": neither}, Annotation(0, "ED", ("LV", "MYO", "RV"), neither))
    assert figure(rows, "ED", "RV", "dice").status == "absent in both"
    assert figure(rows, "ED", "whole", "dice").value == 1


def test_nothing_anywhere_gives_a_whole_without_figure():
    empty = np.zeros_like(truth())
    rows = segmented({"labels_ED": empty}, Annotation(0, "ED", ("LV",), empty))
    whole = figure(rows, "ED", "whole", "dice")
    assert math.isnan(whole.value) and whole.status == "absent in both"


def test_a_shift_of_one_row_is_one_row_spacing_of_distance():
    found = np.zeros_like(truth())
    found[:, 1:][truth()[:, :-1] == 1] = 1
    rows = segmented({"labels_ED": found}, Annotation(0, "ED", ("LV",), np.where(truth() == 1, 1, 0).astype(np.uint8)))
    assert figure(rows, "ED", "LV", "hausdorff_distance").value == 5.0
    assert figure(rows, "ED", "LV", "dice").value == pytest.approx(2 * 20 / 44)


def test_mass_is_given_for_the_myocardium_alone():
    rows = segmented({"labels_ED": truth()}, ED)
    assert {r.structure for r in rows if r.metric == "mass"} == {"MYO"}
    mass = figure(rows, "ED", "MYO", "mass")
    assert (mass.value, mass.unit) == (pytest.approx(24 * VOXEL_ML * 1.05), "g")


def test_a_phase_without_prediction_or_without_annotation_gives_no_row():
    assert {r.phase for r in segmented({"labels_ED": truth()}, ED, ES)} == {"ED", ""}
    assert {r.phase for r in segmented({"labels_ED": truth(), "labels_ES": truth()}, ED)} == {"ED", ""}


def test_every_row_says_whose_it_is_and_one_how_long_it_took():
    rows = segmented({"labels_ED": truth()}, ED)
    assert {(r.study, r.cohort, r.method, r.condition, r.subject, r.group, r.fold) for r in rows} == {
        ("s", "c", "m", "clean", "007", "NOR", "main")
    }
    (time,) = [r for r in rows if r.metric == "inference_time"]
    assert (time.value, time.unit, time.phase, time.structure) == (1.25, "s", "", "")


def detected(es: dict[int, float], ed: dict[int, float], phases=(4, 0), frames: int = 12) -> list[MetricRow]:
    probabilities = np.zeros((2, frames), np.float32)
    for row, curve in enumerate((es, ed)):
        for frame, value in curve.items():
            probabilities[row, frame] = value
    prediction = Record("007", {"probabilities": probabilities}, {"seconds": 0.5})
    record = Record("007", {"phases": np.array(phases)})
    case = Case(prediction, record, lambda: pytest.fail("no image is needed"), MetricRow(condition="gated"))
    return list(frame_detection.Protocol().score(case))


def frame_figure(rows: list[MetricRow], phase: str, pick: str, metric: str) -> MetricRow:
    (row,) = [r for r in rows if (r.phase, r.condition, r.metric) == (phase, f"gated, {pick}", metric)]
    return row


def test_both_picks_are_scored_for_both_phases():
    """ES is at 4: most probable is 7, but 5, 6 and 7 are above .9 and 6 is their middle. ED is at 0, found at 11."""
    rows = detected({5: 0.92, 6: 0.93, 7: 0.97}, {11: 0.8})
    for pick, off in (("naive", 3), ("central", 2)):
        assert frame_figure(rows, "ES", pick, "frame_difference").value == off
        assert frame_figure(rows, "ES", pick, "relative_frame_difference").value == pytest.approx(off / 12)
        assert frame_figure(rows, "ED", pick, "frame_difference").value == 11
        assert frame_figure(rows, "ED", pick, "cyclic_frame_difference").value == 1
        frame = frame_figure(rows, "ES", pick, "frame")
        assert (frame.value, frame.reference) == (4 + off, 4)


def test_the_frames_asked_for_are_those_of_the_record_predicted_from():
    rows = detected({7: 1.0}, {3: 1.0}, phases=(7, 3))
    assert all(r.value == 0 for r in rows if r.metric.endswith("difference"))
    (time,) = [r for r in rows if r.metric == "inference_time"]
    assert (time.value, time.condition) == (0.5, "gated")
