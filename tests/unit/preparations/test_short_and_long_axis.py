"""A stack and a plane of one heart, each on square pixels of its own place."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.contract import LONG_AXIS, LONG_AXIS_LABELS
from cardioprior.preparations.short_and_long_axis import Preparation, Settings

SHAPES = {"spacing_mm": 2.0, "size": 32, "slice_mm": 4.0, "slices": 16}


def view(role: str, shape: tuple[int, int, int], affine: np.ndarray, annotated: bool = True) -> View:
    """Two frames; ED is the second, whose picture is a ramp along x and whose columns from 20 on are labelled 2."""
    ramp = np.tile(np.arange(shape[2], dtype=np.float32), (*shape[:2], 1))
    labels = np.where(ramp >= 20, 2, 0).astype(np.uint8)
    found = (Annotation(1, "ED", ("LV", "MYO", "RV"), labels),) if annotated else ()
    return View(role, Volume(np.stack([0 * ramp + 7, ramp]), affine), (0, 1), 2, annotations=found)


def subject(annotated: bool = True) -> LoadedSubject:
    stack, plane = np.diag([1.0, 1.0, 10.0, 1.0]), np.array([[0, 0, 6.0, 5], [1, 0, 0, -9], [0, 1, 0, 2], [0, 0, 0, 1]])
    views = {
        "lr": view("lr", (5, 40, 40), stack, annotated),
        "la4ch": view("la4ch", (1, 40, 40), plane, annotated),
    }
    return LoadedSubject(Subject("a", ()), views)


def prepared(loaded: LoadedSubject):
    return Preparation(Settings(spacing_mm=2.0, size=16, centre="picture", shapes=SHAPES)).prepare(loaded)


def test_both_views_keep_their_slices_and_get_the_settings_pixels() -> None:
    record = prepared(subject())
    assert record.arrays["image_ED"].shape == record.arrays["labels_ED"].shape == (5, 16, 16)
    assert record.arrays[LONG_AXIS].shape == record.arrays[LONG_AXIS_LABELS].shape == (1, 16, 16)
    assert stored_grid(record.meta["grid"]).spacing_mm == pytest.approx((10, 2, 2))
    assert stored_grid(record.meta["grid_la4ch"]).spacing_mm == pytest.approx((6, 2, 2))
    np.testing.assert_allclose(record.arrays[LONG_AXIS][0, 3], np.linspace(0, 1, 16), atol=1e-6)  # ED, not frame 0


def test_a_label_lies_where_it_lay_in_the_patient() -> None:
    record = prepared(subject())
    for name, grid in (("labels_ED", "grid"), (LONG_AXIS_LABELS, "grid_la4ch")):
        native = subject().views["lr" if grid == "grid" else "la4ch"].image.affine
        for x in (7, 8):
            place = np.linalg.inv(native) @ stored_grid(record.meta[grid]).affine @ [x, 5, 0, 1]
            assert (record.arrays[name][0, 5, x] == 2) == (place[0] >= 19.5)


def test_the_grid_of_the_shapes_goes_along() -> None:
    assert prepared(subject()).meta["shapes"] == SHAPES


def test_without_labels_there_are_images_of_the_first_frame() -> None:
    record = prepared(subject(annotated=False))
    assert sorted(record.arrays) == ["image_ED", LONG_AXIS]


def test_a_subject_lacks_the_view_that_it_does_not_have() -> None:
    about = {"views": "hr|lr", "phases": "ED", "frames": "1"}
    assert Preparation.lacks(about) == "has no la4ch view"
    assert Preparation.lacks({**about, "views": "lr|la4ch"}) == ""


def test_shapes_have_the_rules_of_the_study_that_they_are_of() -> None:
    with pytest.raises(ValidationError, match="multiple of 16"):
        Settings(spacing_mm=2.0, size=16, centre="picture", shapes={**SHAPES, "slices": 20})
