"""Ultrasound at ED and ES on an isotropic grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.ultrasound_volumes import Preparation, Settings
from tests.unit.cohorts.nifti_world import load
from tests.unit.cohorts.test_cetus import patient

SHAPE = (12, 24, 24)
SETTINGS = Settings(spacing_mm=2.0, shape_zyx=SHAPE)


def subject(phases: tuple[str, ...] = ("ED", "ES")) -> LoadedSubject:
    """40 x 60 x 60 voxels of 1 mm, two frames; the value is the place along z, twice that in the second. The LV is the
    lower half in the first frame, the lower quarter in the second."""
    z = np.arange(40, dtype=np.float32)[:, None, None]
    data = np.stack([np.broadcast_to(f * z, (40, 60, 60)) for f in (1, 2)])
    affine = np.eye(4)
    affine[:3, 3] = [5, 6, 7]
    labels = [np.broadcast_to(np.where(z < end, LV, 0), (40, 60, 60)).astype(np.uint8) for end in (20, 10)]
    annotations = tuple(Annotation(f, p, ("LV",), labels[f]) for f, p in enumerate(("ED", "ES")) if p in phases)
    return LoadedSubject(Subject("a", ()), {"us": View("us", Volume(data, affine), (0, 1), 2, annotations=annotations)})


def test_both_phases_are_in_one_record_about_the_middle_of_the_picture():
    record = Preparation(SETTINGS).prepare(subject())
    assert sorted(record.arrays) == ["image_ED", "image_ES", "labels_ED", "labels_ES"]
    assert {array.shape for array in record.arrays.values()} == {SHAPE}
    grid, native = (stored_grid(record.meta[name]) for name in ("grid", "native"))
    assert grid.spacing_mm == (2, 2, 2) and native.shape_zyx == (40, 60, 60)
    middles = [g.affine @ [*((n - 1) / 2 for n in reversed(g.shape_zyx)), 1] for g in (grid, native)]
    np.testing.assert_allclose(*middles)


def test_every_frame_goes_from_0_to_1_and_labels_lie_where_they_were():
    """24 mm of 40 mm: voxels at 8.5, 10.5 ... 30.5 mm; six of twelve are below 20, one below 10."""
    record = Preparation(SETTINGS).prepare(subject())
    for phase in ("ED", "ES"):
        column = record.arrays[f"image_{phase}"][:, 12, 12]
        np.testing.assert_allclose(column, np.linspace(0, 1, 12), atol=1e-6)
    counts = [int((record.arrays[f"labels_{phase}"][:, 12, 12] == LV).sum()) for phase in ("ED", "ES")]
    assert counts == [6, 1]


def test_an_image_without_labels_gives_its_first_frame():
    record = Preparation(SETTINGS).prepare(subject(()))
    assert list(record.arrays) == ["image_ED"]


def test_a_picture_of_one_value_is_refused_with_what_was_looked_at():
    loaded = subject()
    view = loaded.views["us"]
    flat = replace(view, image=Volume(np.ones_like(view.image.data), view.image.affine))
    with pytest.raises(SubjectError, match=r"a: the middle 24 x 48 x 48 mm .* holds one value; wanted a picture"):
        Preparation(SETTINGS).prepare(replace(loaded, views={"us": flat}))


def test_cetus_meshes_and_images_pass_through_the_same_preparation(tmp_path):
    """Balls of 9 mm at ED and of 7 mm at ES, in metres."""
    patient(tmp_path)
    record = Preparation(Settings(spacing_mm=1.5, shape_zyx=(24, 24, 24))).prepare(load("cetus", tmp_path))
    assert sorted(record.arrays) == ["image_ED", "image_ES", "labels_ED", "labels_ES"]
    for phase, radius in (("ED", 9), ("ES", 7)):
        volume = record.arrays[f"labels_{phase}"].sum() * 1.5**3
        assert volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.06)


def test_a_shape_that_the_autoencoder_cannot_halve_is_refused():
    for shape in ((13, 24, 24), (12, 36, 24)):
        with pytest.raises(ValidationError, match="multiple of"):
            Settings(spacing_mm=2.0, shape_zyx=shape)


def test_a_subject_without_labels_at_es_is_not_for_this_study():
    row = {"views": "us", "phases": "ED", "frames": "2"}
    assert Preparation.lacks(row) == "has no labels at ES"
    assert Preparation.lacks({**row, "phases": "ED|ES"}) == ""
