"""Shapes of the left ventricle about their own centres, the base first."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import Grid, centred_grid
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.short_axis_shapes import Preparation, Settings

GRID = Settings(spacing_mm=2.0, size=24, slice_mm=5.0, slices=24)
#: outer half widths in pixels of 2 mm, slice by slice from the base: 10 mm thick slices
CONE = (7, 7, 6, 5, 3)


def stack(*half_widths: int, y: int = 20, x: int = 30) -> np.ndarray:
    """A cone of squares about (y, x) in slices of 64 x 64, a wall of 2 pixels around the cavity, an RV beside it;
    nothing where a half width is 0, and in a slice before and one behind."""
    labels = np.zeros((len(half_widths) + 2, 64, 64), np.uint8)
    for z, half in ((z, half) for z, half in enumerate(half_widths, start=1) if half):
        labels[z, y - half : y + half + 1, x + half : x + half + 6] = RV
        labels[z, y - half : y + half + 1, x - half : x + half + 1] = MYO
        labels[z, y - half + 2 : y + half - 1, x - half + 2 : x + half - 1] = LV
    return labels


def subject(ed: np.ndarray, es: np.ndarray, structures=("LV", "MYO", "RV")) -> LoadedSubject:
    affine = np.diag([2.0, 2.0, 10.0, 1.0])
    image = Volume(np.zeros((2, *ed.shape), np.float32), affine)
    phases = (Annotation(0, "ED", structures, ed), Annotation(1, "ES", structures, es))
    return LoadedSubject(Subject("a", (), group="DCM"), {"sax": View("sax", image, (0, 1), 2, (), phases)})


def prepared(ed: np.ndarray, es: np.ndarray | None = None, settings: Settings = GRID):
    return Preparation(settings).prepare(subject(ed, ed if es is None else es))


def test_a_slice_of_ten_millimetres_is_two_slices_of_five_and_the_right_ventricle_is_nowhere():
    record = prepared(stack(*CONE))
    assert record.arrays["shape_ED"].shape == (24, 24, 24) and record.arrays["shape_ED"].dtype == np.uint8
    assert set(np.unique(record.arrays["shape_ED"])) == {0, LV, MYO}
    areas = np.count_nonzero(record.arrays["shape_ED"], axis=(1, 2))
    assert areas[areas > 0].tolist() == [(2 * half + 1) ** 2 for half in CONE for _ in range(2)]
    assert record.meta == {"spacing_mm": [5.0, 2.0, 2.0], "group": "DCM"}


def test_each_shape_lies_about_its_own_centre_of_mass():
    record = prepared(stack(*CONE), stack(0, 4, 4, 3, 0, y=40, x=24))
    for phase in ("ED", "ES"):
        centre = np.array(np.nonzero(record.arrays[f"shape_{phase}"])).mean(axis=1)
        assert np.abs(centre - 11.5).max() <= 0.6


def test_the_base_comes_first_whichever_way_the_stack_runs():
    up, down = (prepared(labels).arrays["shape_ED"] for labels in (stack(*CONE), stack(*CONE)[::-1]))
    np.testing.assert_array_equal(up, down)
    areas = np.count_nonzero(up, axis=(1, 2))
    assert areas[areas > 0][0] > areas[areas > 0][-1]


def test_the_shape_at_ed_says_for_both_phases_where_the_base_is():
    """At ES the basal slice is gone, so that the rest would be taken for a heart that stands on its head."""
    ed, es = stack(*CONE), stack(0, 3, 4, 5, 0)
    turned = prepared(ed[::-1], es[::-1]).arrays["shape_ES"]
    np.testing.assert_array_equal(prepared(ed, es).arrays["shape_ES"], turned)
    areas = np.count_nonzero(turned, axis=(1, 2))
    assert areas[areas > 0][0] < areas[areas > 0][-1]


def test_a_shape_that_the_grid_cuts_is_left_out_with_the_share_and_the_grid():
    small = Settings(spacing_mm=0.5, size=24, slice_mm=5.0, slices=24)
    with pytest.raises(
        SubjectError, match=r"a: \d\d% of LV and myocardium at ED lie beyond the grid of 24 slices 5 mm"
    ):
        prepared(stack(*CONE), settings=small)


def test_labels_without_a_wall_or_without_a_cavity_are_left_out():
    with pytest.raises(SubjectError, match="a: has LV annotated at ED; wanted LV and MYO"):
        Preparation(GRID).prepare(subject(stack(*CONE), stack(*CONE), structures=("LV",)))
    no_cavity = np.where(stack(*CONE) == LV, MYO, stack(*CONE))
    with pytest.raises(SubjectError, match="a: the labels at ES have no LV"):
        prepared(stack(*CONE), no_cavity)


def test_a_grid_about_a_point_has_that_point_in_its_middle():
    """Axes that are turned, pixels of 1.5 mm and slices of 8 mm."""
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * [1.5, 1.5, 8.0], [5, 6, 7]
    source = Grid((10, 40, 50), affine)
    found = centred_grid(source, (4.0, 2.0, 3.0), (5, 7, 9), (3.5, 10.0, 20.25))
    assert found.shape_zyx == (5, 7, 9)
    np.testing.assert_allclose(found.spacing_mm, (4, 2, 3))
    np.testing.assert_allclose(found.affine @ [4, 3, 2, 1], affine @ [20.25, 10.0, 3.5, 1])
