"""Scores of restored stacks, in a world of one axis: x of the plane is z of the restored grid."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.volume import Volume
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.view_restoration import Protocol
from cardioprior.store import Record

SIZE = 12
GRID = np.diag([2.0, 2.0, 3.0, 1.0])
#: columns run along the grid's z, rows along its y, in the plane of x = 8 mm, which is column 4 of the grid
PLANE = np.array([[0, 0, 6.0, 8], [0, 2.0, 0, 0], [3.0, 0, 0, 0], [0, 0, 0, 1]])
ALL = ("LV", "MYO", "RV")


def volume(first: int, last: int) -> np.ndarray:
    """LV, wall and RV side by side along y, from one slice to another."""
    labels = np.zeros((SIZE, SIZE, SIZE), np.uint8)
    labels[first:last, 1:4], labels[first:last, 4:7], labels[first:last, 7:10] = LV, MYO, RV
    return labels


def plane(first: int, last: int) -> np.ndarray:
    """What the plane sees of such a volume."""
    return volume(first, last)[:, :, 4].T[None]


def view(role: str, labels: np.ndarray, affine: np.ndarray, structures=ALL, **more) -> View:
    found = (Annotation(0, "ED", structures, labels),)
    return View(role, Volume(labels[None].astype(np.int16), affine), (0,), 1, annotations=found, **more)


def rows(views: dict[str, View] | None = None, **arrays: np.ndarray) -> dict[tuple[str, str], MetricRow]:
    """The restored volume has slices 2 to 6, the plane was segmented from 2 to 8 and drawn from 4 to 8, the truth lies
    from 3 to 7."""
    stack = np.zeros((3, SIZE, SIZE), np.uint8)
    stack[:2, 2:5] = LV
    known = {
        "lr": view("lr", stack, np.diag([2.0, 2.0, 9.0, 1.0]), slice_shift_mm=((4.0, 0.0), (0.0, -2.0), (0.0, 50.0))),
        "la4ch": view("la4ch", plane(4, 8), PLANE),
        "hr": view("hr", volume(3, 7), GRID),
    }
    found = {"labels": volume(2, 6), "labels_lr": stack, "labels_la4ch": plane(2, 8), "stack": stack}
    about = {"seconds": 0.5, "iterations": 40, "grid": {"shape_zyx": [SIZE] * 3, "affine": GRID.tolist()}}
    case = Case(
        Record("a", {**found, "slices": np.arange(3), **arrays}, about),
        Record("a", {}),
        lambda: LoadedSubject(Subject("a", ()), {**known, **(views or {})}),
        MetricRow(study="s", cohort="c", method="m", condition="x", subject="a"),
    )
    return {(row.structure, row.metric): row for row in Protocol().score(case)}


def test_the_restored_labels_are_cut_where_the_plane_lies() -> None:
    found = rows()
    for structure in (*ALL, "MEAN"):
        assert found[structure, "dice_plane"].value == pytest.approx(2 * 4 / (4 + 6))
        assert found[structure, "dice_plane_drawn"].value == pytest.approx(2 * 2 / (4 + 4))
        assert found[structure, "dice"].value == pytest.approx(2 * 3 / (4 + 4))
        assert found[structure, "dice_plane_segmentation"].value == pytest.approx(2 * 4 / (6 + 4))
    assert found["LV", "dice_stack_segmentation"].value == 1
    assert found["", "inference_time"].value == 0.5


def test_a_truth_on_another_grid_is_brought_to_the_restored_one() -> None:
    shifted = GRID.copy()
    shifted[2, 3] = 3.0  # its slice z is the restored grid's slice z + 1
    assert rows({"hr": view("hr", volume(1, 5), shifted)})["LV", "dice"].value == 1


def test_displacements_are_scored_on_slices_that_show_something() -> None:
    """Of the first two slices, off by (4, 0) and (0, -2) mm: found are (3, 0) and (0, 0)."""
    found = rows(shift_px=np.array([[1.5, 0.0], [0.0, 0.0], [9.0, 9.0]]))
    assert found["", "displacement"].value == pytest.approx((4 + 2) / 2)
    assert found["", "displacement_error"].value == pytest.approx((1 + 2) / 2)
    # without their mean, (2, -1) and (-2, 1)
    assert found["", "displacement_centred"].value == pytest.approx(5**0.5)
    # errors (-1, 0) and (0, 2) are (-.5, -1) and (.5, 1) without their mean
    assert found["", "displacement_error_centred"].value == pytest.approx(1.25**0.5)
    assert found["", "iterations"].value == 40


def test_slices_that_were_left_out_are_not_counted() -> None:
    stack = np.zeros((1, SIZE, SIZE), np.uint8)
    stack[0, 2] = LV
    found = rows(stack=stack, slices=np.array([1]), shift_px=np.array([[0.0, -1.0]]))
    assert found["", "displacement_error"].value == pytest.approx(0)


def test_a_method_that_finds_no_displacements_has_no_rows_of_them() -> None:
    assert not [metric for _, metric in rows() if "displacement" in metric or metric == "iterations"]


def test_a_cohort_that_does_not_know_its_displacements_has_iterations_alone() -> None:
    stack = np.zeros((3, SIZE, SIZE), np.uint8)
    found = rows({"lr": view("lr", stack, np.diag([2.0, 2.0, 9.0, 1.0]))}, shift_px=np.zeros((3, 2)))
    assert ("", "iterations") in found and ("", "displacement_error") not in found


def test_a_truth_with_a_structure_that_nobody_drew_is_no_truth() -> None:
    found = rows({"hr": view("hr", volume(3, 7), GRID, structures=("LV", "MYO"))})
    assert ("LV", "dice") not in found and ("LV", "dice_plane") in found
