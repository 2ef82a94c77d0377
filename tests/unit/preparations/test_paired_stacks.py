"""Thick stacks and labels on thin slices of the same place."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.paired_stacks import Preparation, Settings, acquired

SIZE = 24


def affine(z_mm: float, first_mm: float) -> np.ndarray:
    """1 mm pixels, slices z_mm apart, the first at first_mm."""
    found = np.diag([1.0, 1.0, z_mm, 1.0])
    found[2, 3] = first_mm
    return found


def subject(slices: int = 4) -> LoadedSubject:
    """Thick slices of 10 mm, the first at 0; thin ones of 2 mm whose middle five fill each thick one. The thin slice at
    z mm is z all over, its label is LV below 10 mm, RV from there to 20 mm, and MYO above."""
    thick = np.tile(np.arange(slices, dtype=np.float32)[:, None, None], (1, SIZE, SIZE))[None]
    z_mm = -4 + 2.0 * np.arange(5 * slices)
    thin = np.tile(z_mm[:, None, None].astype(np.float32), (1, SIZE, SIZE))[None]
    labels = np.select([thin[0] < 10, thin[0] < 20], [LV, RV], MYO).astype(np.uint8)
    low = View(
        "lr",
        Volume(thick, affine(10, 0)),
        (0,),
        1,
        (),
        (Annotation(0, "ED", ("LV",), np.zeros(thick.shape[1:], np.uint8)),),
    )
    high = View("hr", Volume(thin, affine(2, -4)), (0,), 1, (), (Annotation(0, "ED", ("LV", "MYO", "RV"), labels),))
    return LoadedSubject(Subject("a", ()), {"lr": low, "hr": high})


def prepared(loaded: LoadedSubject, slices: int = 4):
    settings = Settings(spacing_mm=1.0, size=SIZE, centre="picture", slices=slices, factor=5)
    return Preparation(settings).prepare(loaded)


def test_five_thin_slices_fill_each_thick_one():
    record = prepared(subject())
    assert record.arrays["image"].shape == (4, SIZE, SIZE) and record.arrays["labels"].shape == (20, SIZE, SIZE)
    # the thin slices of the first thick one, at 0 mm, lie at -4, -2, 0, 2 and 4 mm
    grid = stored_grid(record.meta["grid"])
    np.testing.assert_allclose(grid.affine[:3, 3], [0, 0, -4])
    np.testing.assert_allclose(grid.spacing_mm, (2, 1, 1))
    middle = record.arrays["image_hr"][:, 12, 12]
    np.testing.assert_allclose(middle, np.linspace(0, 1, 20), atol=1e-6)


def test_the_right_ventricle_is_background():
    labels = prepared(subject()).arrays["labels"][:, 12, 12]
    # below 10 mm: 7 thin slices from -4 to 8; to 18 mm the RV; above the wall
    assert labels.tolist() == [LV] * 7 + [0] * 5 + [MYO] * 8


@pytest.mark.parametrize(("slices", "first_mm"), [(6, -14), (3, -4), (2, 6)])
def test_slices_are_added_or_left_out_at_both_ends(slices: int, first_mm: float):
    record = prepared(subject(), slices)
    assert record.arrays["image"].shape[0] == slices and record.arrays["labels"].shape[0] == 5 * slices
    assert stored_grid(record.meta["grid"]).affine[2, 3] == pytest.approx(first_mm)


def test_added_slices_are_empty():
    record = prepared(subject(), 6)
    assert not record.arrays["image"][[0, 5]].any() and not record.arrays["labels"][:5].any()


def test_without_a_high_resolution_image_there_is_the_stack_alone():
    loaded = subject()
    del loaded.views["hr"]
    record = prepared(loaded)
    assert set(record.arrays) == {"image"}
    assert record.meta["grid"]["shape_zyx"] == [20, SIZE, SIZE]


@pytest.mark.parametrize(
    ("slices", "own"), [(6, [False, True, True, True, True, False]), (5, [True] * 4 + [False]), (3, [True] * 3)]
)
def test_it_is_known_which_slices_were_acquired(slices: int, own: list[bool]):
    record = prepared(subject(), slices)
    assert acquired(record).tolist() == own
    empty = np.flatnonzero(~np.array(own))
    assert not record.arrays["image"][empty].any()
    assert record.arrays["image"][own].any(axis=(1, 2))[1:].all()  # the stack's first slice is 0 all over
