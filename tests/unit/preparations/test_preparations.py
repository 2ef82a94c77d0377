"""What models see, from small made-up cines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.preparations import median_projection, short_axis_frames, short_axis_volumes
from cardioprior.preparations.in_plane import InPlaneSettings

FRAMES, SLICES, ROWS, COLUMNS = 6, 4, 20, 24
ED, ES = 0, 2


def images(seed: int = 0, slices: int = SLICES) -> np.ndarray:
    return np.random.default_rng(seed).uniform(10, 500, (FRAMES, slices, ROWS, COLUMNS))


def subject(data: np.ndarray, annotations=(), cycle_length: int | None = None) -> LoadedSubject:
    volume = Volume(data, np.diag([1.0, 1.0, 10.0, 1.0]))
    frames = tuple(range(len(data)))
    view = View("sax", volume, frames, cycle_length or len(data), annotations=tuple(annotations))
    return LoadedSubject(Subject("s1", ()), {"sax": view})


def labels(value: int, slices: int = SLICES) -> np.ndarray:
    array = np.zeros((slices, ROWS, COLUMNS), np.uint8)
    array[:, 8:12, 9:15] = value
    return array


def annotated(slices: int = SLICES) -> tuple[Annotation, ...]:
    return (
        Annotation(ED, "ED", ("LV", "MYO", "RV"), labels(2, slices)),
        Annotation(ES, "ES", ("LV", "RV"), labels(3, slices)),
        Annotation(4, "", ("LV",), labels(1, slices)),
    )


def prepared(module, loaded: LoadedSubject, **settings):
    settings = {"spacing_mm": 1.0, "size": 16, "centre": "picture", **settings}
    return module.Preparation(module.Preparation.Settings(**settings)).prepare(loaded)


def test_labelled_phases_become_arrays_and_other_frames_do_not():
    record = prepared(short_axis_frames, subject(images(), annotated()))
    assert record.subject == "s1"
    assert sorted(record.arrays) == ["image_ED", "image_ES", "labels_ED", "labels_ES"]
    assert {array.shape for array in record.arrays.values()} == {(SLICES, 16, 16)}
    assert record.arrays["image_ED"].dtype == np.float32 and record.arrays["labels_ED"].dtype == np.uint8
    assert record.meta["structures"] == {"ED": ["LV", "MYO", "RV"], "ES": ["LV", "RV"]}


def test_at_the_images_own_spacing_preparing_is_cropping_and_min_max_of_the_volume():
    data = images()
    record = prepared(short_axis_frames, subject(data, annotated()))
    for phase, frame in (("ED", ED), ("ES", ES)):
        crop = data[frame, :, 2:18, 4:20].astype(np.float32)
        wanted = (crop - crop.min()) / (crop.max() - crop.min())
        np.testing.assert_allclose(record.arrays[f"image_{phase}"], wanted, atol=1e-5)
    np.testing.assert_array_equal(record.arrays["labels_ED"], labels(2)[:, 2:18, 4:20])


def test_a_small_image_is_padded_with_zeros_all_round():
    record = prepared(short_axis_frames, subject(images() + 100, annotated()), size=32)
    image = record.arrays["image_ED"]
    assert not image[:, :6].any() and not image[:, -6:].any() and not image[:, :, :4].any()
    assert image[:, 6:26, 4:28].all()
    np.testing.assert_array_equal(record.arrays["labels_ED"][:, 6:26, 4:28], labels(2))


def test_at_twice_the_spacing_slices_are_untouched():
    record = prepared(short_axis_frames, subject(images(), annotated()), spacing_mm=2.0)
    assert record.arrays["image_ED"].shape == (SLICES, 16, 16)
    affine = np.array(record.meta["grid"]["affine"])
    np.testing.assert_allclose(np.linalg.norm(affine[:3, :3], axis=0), [2, 2, 10])


def test_both_grids_are_kept_for_the_way_back():
    record = prepared(short_axis_frames, subject(images(), annotated()))
    assert record.meta["native"]["shape_zyx"] == [SLICES, ROWS, COLUMNS]
    assert record.meta["native"]["affine"] == np.diag([1.0, 1.0, 10.0, 1.0]).tolist()
    assert record.meta["grid"]["shape_zyx"] == [SLICES, 16, 16]
    np.testing.assert_allclose(np.array(record.meta["grid"]["affine"])[:3, 3], [4, 2, 0])


def test_the_crop_goes_where_something_moves_if_asked_to():
    data = np.full((FRAMES, SLICES, 80, 80), 10.0)
    data[::2, :, 45:60, 20:35] = 400
    still, moving = (
        np.array(prepared(short_axis_frames, subject(data), centre=centre).meta["grid"]["affine"])[:2, 3]
        for centre in ("picture", "motion")
    )
    np.testing.assert_allclose(still, [32, 32])
    np.testing.assert_allclose(moving, [27 - 7.5, 52 - 7.5], atol=4)


def test_without_labels_a_new_patient_passes_through_both():
    assert prepared(short_axis_frames, subject(images())).arrays == {}
    assert sorted(prepared(median_projection, subject(images())).arrays) == ["cine", "middle_slice"]


def test_the_projection_is_the_median_from_the_second_to_the_last_but_one_slice():
    """Five slices, the inner ones 1, 2 and 9 tenths of the frame's range: the median is .2 whatever the outer are."""
    data = np.zeros((FRAMES, 5, ROWS, COLUMNS))
    data[:, 1:4] = np.array([100, 200, 900])[:, None, None]
    data[:, 0] = 1000
    record = prepared(median_projection, subject(data, annotated(5)))
    assert record.arrays["cine"].shape == (FRAMES, 16, 16)
    assert record.arrays["cine"].dtype == np.float32
    np.testing.assert_allclose(record.arrays["cine"], 0.2, rtol=1e-5)


@pytest.mark.parametrize(("slices", "wanted"), [(1, 0.0), (2, 0.5), (3, 0.0)])
def test_of_one_or_two_slices_all_are_taken_and_of_three_the_middle_one(slices, wanted):
    data = np.zeros((FRAMES, slices, ROWS, COLUMNS))
    data[:, -1:] = 1.0 if slices > 1 else 0.0
    record = prepared(median_projection, subject(data, annotated(slices)))
    np.testing.assert_allclose(record.arrays["cine"], wanted)


def test_every_frame_of_the_projection_has_its_own_range():
    data = images()
    brighter = data * np.arange(1, FRAMES + 1)[:, None, None, None] + 50
    one, other = (prepared(median_projection, subject(d)).arrays["cine"] for d in (data, brighter))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_phases_are_es_then_ed_and_need_both():
    assert prepared(median_projection, subject(images(), annotated())).arrays["phases"].tolist() == [ES, ED]
    only_ed = prepared(median_projection, subject(images(), annotated()[:1]))
    assert sorted(only_ed.arrays) == ["cine", "middle_slice"]


def test_two_frames_of_a_longer_cycle_are_not_a_cine():
    with pytest.raises(SubjectError, match="s1: has 2 of 30 frames; wanted the cycle") as caught:
        prepared(median_projection, subject(images()[:2], cycle_length=30))
    assert caught.value.code == "not_a_cine"


@pytest.mark.parametrize(
    ("module", "views", "phases", "frames", "stated", "sentence"),
    [
        (short_axis_frames, "sax", "ED", 1, "", ""),
        (short_axis_frames, "la4ch", "ED", 30, "", "has no sax view"),
        (short_axis_frames, "sax|la4ch", "ES", 30, "120", "has no labels at ED"),
        (median_projection, "sax", "ED|ES", 5, "", ""),
        (median_projection, "sax", "ED", 30, "", "has no labels at ES"),
        (median_projection, "sax", "ED|ES", 2, "", "has 2 frames where 5 are needed"),
        (short_axis_volumes, "sax", "ED", 1, "", ""),
        (short_axis_volumes, "sax", "", 30, "120", ""),
        (short_axis_volumes, "sax", "", 30, "", "has no labels at ED and no stated volume"),
        (short_axis_volumes, "sax", "ES", 30, "120", "has no labels at ED and no stated volume"),
        (short_axis_volumes, "sax", "", 1, "120", "has 1 frame and no labels; a stated volume needs a cine"),
    ],
)
def test_what_a_subject_lacks_is_a_clause(module, views, phases, frames, stated, sentence):
    row = {"views": views, "phases": phases, "frames": str(frames), "edv_ml": stated}
    assert module.Preparation.lacks(row) == sentence


@pytest.mark.parametrize("wrong", [{"size": 88}, {"spacing_mm": 0.0}, {"centre": "left"}, {"zoom": 1}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        InPlaneSettings(**{"spacing_mm": 1.0, "size": 16, "centre": "picture", **wrong})


def test_volumes_are_those_of_the_labels_on_the_subjects_own_grid():
    """4 x 6 pixels in each of four slices, voxels of 1 x 1 x 10 mm: .96 ml, however coarse the prepared grid is and
    though half of the labels lie outside of it."""
    for changes in ({"spacing_mm": 3.0}, {"spacing_mm": 0.25, "size": 16}):
        loaded = subject(images(), (Annotation(ED, "ED", ("LV", "RV"), labels(1)), *annotated()[1:]))
        record = prepared(short_axis_volumes, loaded, **changes)
        assert record.meta["volumes_ml"] == {
            "ED": {"LV": pytest.approx(0.96), "RV": 0},
            "ES": {"LV": 0, "RV": pytest.approx(0.96)},
        }


def test_besides_volumes_a_record_is_that_of_the_frames():
    one, other = (
        prepared(module, subject(images(), annotated())) for module in (short_axis_frames, short_axis_volumes)
    )
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name])
    assert one.meta.items() <= other.meta.items()


def test_the_size_of_a_voxel_is_that_of_the_prepared_grid():
    """Pixels of 3 x 3 mm on slices 10 mm apart are .09 ml."""
    meta = prepared(short_axis_volumes, subject(images(), annotated()), spacing_mm=3.0).meta
    assert (meta["pixel_mm"], meta["voxel_volume_ml"]) == (3.0, pytest.approx(0.09))
    np.testing.assert_allclose(np.linalg.norm(np.array(meta["grid"]["affine"])[:3, :3], axis=0), [3, 3, 10])


def beating(frames: int = 10, es: int = 4) -> np.ndarray:
    """A bright disc (t, z, y, x) in a grey picture, largest in frame 0 and smallest in frame `es`."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    radii = 6 - 3 * np.cos(np.pi * np.abs(np.arange(frames) - es) / es).clip(-1, 1)
    discs = np.hypot(y - ROWS // 2, x - COLUMNS // 2)[None] <= radii[:, None, None]
    return np.repeat(50 + 200.0 * discs[:, None], SLICES, axis=1)


def stated(data: np.ndarray, edv_ml: float | None, esv_ml: float | None, annotations=()) -> LoadedSubject:
    loaded = subject(data, annotations)
    return replace(loaded, subject=replace(loaded.subject, edv_ml=edv_ml, esv_ml=esv_ml))


def test_without_labels_volumes_are_those_that_the_data_set_states_at_the_first_frame_and_the_one_unlike_it():
    data = beating()
    record = prepared(short_axis_volumes, stated(data, 120.0, 50.0))
    assert record.meta["volumes_ml"] == {"ED": {"LV": 120.0}, "ES": {"LV": 50.0}}
    assert record.meta["structures"] == {"ED": ["LV"], "ES": ["LV"]}
    assert sorted(record.arrays) == ["image_ED", "image_ES"]
    for phase, frame in (("ED", 0), ("ES", 4)):
        crop = data[frame, :, 2:18, 4:20]
        np.testing.assert_allclose(record.arrays[f"image_{phase}"], (crop - 50) / 200, atol=1e-5)


def test_a_volume_that_is_not_stated_has_no_frame():
    assert sorted(prepared(short_axis_volumes, stated(beating(), 120.0, None)).arrays) == ["image_ED"]


def test_labels_count_before_what_is_stated():
    record = prepared(short_axis_volumes, stated(images(), 120.0, 50.0, annotated()))
    assert record.meta["volumes_ml"]["ED"]["LV"] == 0 and "labels_ED" in record.arrays


def test_volumes_may_be_prepared_at_the_papers_88_pixels():
    record = prepared(short_axis_volumes, subject(images(), annotated()), spacing_mm=2.0, size=88)
    assert record.arrays["image_ED"].shape == (SLICES, 88, 88)


def test_the_middle_slice_of_a_cine_is_projected_as_if_it_were_alone():
    """Slice 2 of four, min-max over itself: what a scan of one slice there would give."""
    data = images()
    whole = prepared(median_projection, subject(data, annotated()))
    alone = prepared(median_projection, subject(data[:, 2:3]))
    np.testing.assert_allclose(whole.arrays["middle_slice"], alone.arrays["cine"], atol=1e-6)
    assert whole.arrays["middle_slice"].shape == whole.arrays["cine"].shape
    assert not np.allclose(whole.arrays["middle_slice"], whole.arrays["cine"])
