"""Cines as samples of slices, with labels on every frame."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.preparations import short_axis_cines, unlabelled_cines

FRAMES, SLICES, SIDE = 8, 3, 40
ED, ES = 0, 3
STRUCTURES = ("LV", "MYO", "RV")
MASKS = {"curve": [1], "repeated": [1], "repeats": 2, "reconstructed": [1], "iterations": 1}


def loaded(labelled: tuple[int, ...] = tuple(range(FRAMES)), cycle: int = FRAMES) -> LoadedSubject:
    """A cine whose grey value is 10 z + t, and whose label is 1 in a square in the middle."""
    t, z = np.indices((FRAMES, SLICES))
    data = np.broadcast_to((10.0 * z + t)[..., None, None], (FRAMES, SLICES, SIDE, SIDE)).copy()
    drawn = np.zeros((SLICES, SIDE, SIDE), np.uint8)
    drawn[:, 18:22, 16:24] = 1
    phases = {ED: "ED", ES: "ES"}
    annotations = tuple(Annotation(f, phases.get(f, ""), STRUCTURES, drawn) for f in labelled)
    view = View(
        "sax", Volume(data, np.diag([1.0, 1.0, 10.0, 1.0])), tuple(range(FRAMES)), cycle, annotations=annotations
    )
    return LoadedSubject(Subject("s1", (), group="DCM"), {"sax": view})


def prepared(subject: LoadedSubject, module=short_axis_cines, **changes):
    settings = {"spacing_mm": 1.0, "size": 32, "lines": 24, "centre": "picture", "frames": FRAMES, "masks": MASKS}
    return module.Preparation(module.Preparation.Settings(**{**settings, **changes})).prepare(subject)


def test_a_sample_is_a_slice_over_time_from_0_to_1_of_the_subject():
    record = prepared(loaded())
    cines = record.arrays["cines"].astype(float)
    assert cines.shape == (SLICES, FRAMES, 24, 32)
    assert cines[..., 12, 16] == pytest.approx((10.0 * np.arange(3)[:, None] + np.arange(8)) / 27, abs=1e-3)
    assert record.arrays["cine_labels"].shape == cines.shape


def test_the_crop_has_the_same_middle_along_both_axes():
    labels = prepared(loaded()).arrays["cine_labels"][0, 0]
    y, x = (np.flatnonzero(labels.any(axis=axis)) for axis in (1, 0))
    assert (y.min(), y.max(), x.min(), x.max()) == (10, 13, 12, 19)
    square = prepared(loaded(), lines=32).arrays["cine_labels"][0, 0]
    assert np.array_equal(square[4:28], labels)


def test_phases_say_where_each_slice_is_at_ed_and_at_es():
    phases = prepared(loaded()).arrays["phases"]
    assert phases[0].tolist() == [[0, ED], [1, ED], [2, ED]]
    assert phases[1].tolist() == [[0, ES], [1, ES], [2, ES]]


def test_fewer_frames_are_every_other_one_and_es_is_the_nearest_of_them():
    record = prepared(loaded(), frames=4)
    values = record.arrays["cines"][0, :, 0, 0].astype(float) * 27
    assert values.round().astype(int).tolist() == [0, 2, 4, 6]
    assert record.arrays["phases"][1, 0, 1] in (1, 2)  # frame 3 lies between 2 and 4


def test_the_nearest_frame_is_nearest_around_the_cycle():
    subject = loaded()
    view = subject.views["sax"]
    moved = tuple(
        Annotation(a.frame, {7: "ES", 0: "ED"}.get(a.frame, ""), a.structures, a.labels) for a in view.annotations
    )
    late = LoadedSubject(subject.subject, {"sax": View("sax", view.image, view.frame_numbers, 8, annotations=moved)})
    assert prepared(late, frames=2).arrays["phases"][1, 0, 1] == 0  # 7 is one frame before 0, three after 4


def test_single_frames_are_samples_of_their_own():
    record = prepared(loaded(labelled=(ED, ES)), frames=1)
    values = record.arrays["cines"][:, 0, 0, 0].astype(float)
    assert record.arrays["cines"].shape == (2 * SLICES, 1, 24, 32)
    assert record.arrays["phases"].tolist() == [[[0, 0], [1, 0], [2, 0]], [[3, 0], [4, 0], [5, 0]]]
    assert values[3] > values[0] and values[3] - values[0] == pytest.approx(values[5] - values[2], abs=2e-3)


def test_a_cine_with_labels_at_ed_and_es_alone_is_refused_with_a_way_out():
    with pytest.raises(SubjectError, match=r"s1: frames 1, 2, 4, 5, 6 have no labels; .*frames: 1"):
        prepared(loaded(labelled=(ED, ES)))


def test_a_part_of_a_cycle_is_no_cine():
    with pytest.raises(SubjectError, match="s1: has 8 of 30 frames; wanted a whole cycle"):
        prepared(loaded(cycle=30))


def test_without_labels_there_are_cines_alone():
    assert list(prepared(loaded(labelled=())).arrays) == ["cines"]
    record = prepared(loaded(labelled=(ED, ES)), unlabelled_cines)
    assert list(record.arrays) == ["cines"] and record.meta["group"] == "DCM"


def test_voxels_and_masks_stand_in_the_meta():
    record = prepared(loaded(), spacing_mm=2.0)
    assert record.meta["voxel_ml"] == pytest.approx(2 * 2 * 10 / 1000)
    assert record.meta["masks"] == MASKS
    assert record.meta["structures"] == ["LV", "MYO", "RV"]
