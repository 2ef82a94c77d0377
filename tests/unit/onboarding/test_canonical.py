"""A subject on disk and back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import Finding, SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding import canonical

RNG = np.random.default_rng(0)
AFFINE = np.array([[1.2, 0, 0, -50], [0, 0.72, -8, 20.25], [0, 0.96, 6, 7.5], [0, 0, 0, 1.0]])


def labels(*values: int) -> np.ndarray:
    return RNG.choice([0, *values], (4, 5, 6)).astype(np.uint8)


def loaded() -> LoadedSubject:
    annotations = (
        Annotation(0, "ED", ("LV", "MYO", "RV"), labels(1, 2, 3)),
        Annotation(2, "ES", ("LV", "RV"), labels(1, 3)),
        Annotation(1, "", ("LV",), labels(1)),
    )
    image = Volume(RNG.integers(0, 900, (3, 4, 5, 6)).astype(np.int16), AFFINE)
    shifts = ((0.5, -1.25), (0.0, 2.0), (-3.0, 0.0), (0.0, 0.0))
    sax = View("sax", image, (0, 1, 2), 3, (0.0, 31.5, 63.0), annotations, slice_shift_mm=shifts)
    long_axis = View("la4ch", Volume(RNG.normal(size=(1, 1, 7, 8)).astype(np.float32), np.eye(4)), (11,), 30)
    subject = Subject("007", ("raw/a", "raw/b c"), "HCM", "F", 171.5, None, 0, 2)
    return LoadedSubject(subject, {"sax": sax, "la4ch": long_axis}, (Finding("warning", "odd", "007: a sentence"),))


def assert_same(one: View, other: View) -> None:
    for view_field in ("role", "frame_numbers", "cycle_length", "frame_times_ms", "slice_shift_mm"):
        assert getattr(one, view_field) == getattr(other, view_field)
    assert one.image.data.dtype == other.image.data.dtype
    np.testing.assert_array_equal(one.image.data, other.image.data)
    np.testing.assert_allclose(one.image.affine, other.image.affine, atol=1e-5)
    assert len(one.annotations) == len(other.annotations)
    for mine, theirs in zip(one.annotations, other.annotations, strict=True):
        assert (mine.frame, mine.phase, mine.structures) == (theirs.frame, theirs.phase, theirs.structures)
        assert mine.labels.dtype == np.uint8
        np.testing.assert_array_equal(mine.labels, theirs.labels)


def test_a_subject_comes_back_with_all_that_was_known_of_it(tmp_path):
    written = loaded()
    canonical.write(tmp_path, written)
    read = canonical.read(tmp_path, "007")
    assert read.subject == written.subject
    assert read.findings == written.findings
    assert list(read.views) == ["sax", "la4ch"]
    for role in written.views:
        assert_same(read.views[role], written.views[role])


def test_which_structures_were_annotated_is_kept_although_the_labels_do_not_tell(tmp_path):
    """At ES the myocardium is not drawn: unknown, not absent."""
    canonical.write(tmp_path, loaded())
    view = canonical.read(tmp_path, "007").views["sax"]
    assert view.annotation("ED").structures == ("LV", "MYO", "RV")
    assert view.annotation("ES").structures == ("LV", "RV")


def test_a_single_annotation_and_a_single_frame_keep_their_axes(tmp_path):
    subject = loaded()
    sax = subject.views["sax"]
    one = dataclasses.replace(
        sax, image=Volume(sax.image.data[:1], AFFINE), frame_numbers=(0,), annotations=sax.annotations[:1]
    )
    canonical.write(tmp_path, LoadedSubject(subject.subject, {"sax": one}))
    read = canonical.read(tmp_path, "007").views["sax"]
    assert read.image.data.shape == (1, 4, 5, 6)
    assert read.annotations[0].labels.shape == (4, 5, 6)


def test_the_files_written_are_named_and_the_description_is_the_last(tmp_path):
    files = canonical.write(tmp_path, loaded())
    assert [file.name for file in files] == [
        "sub-007_sax.nii.gz", "sub-007_sax_labels.nii.gz", "sub-007_la4ch.nii.gz", "sub-007.json",
    ]  # fmt: skip
    assert sorted(files) == sorted(tmp_path.iterdir())


def test_only_the_views_asked_for_are_read(tmp_path):
    canonical.write(tmp_path, loaded())
    (tmp_path / "sub-007_sax.nii.gz").unlink()
    assert list(canonical.read(tmp_path, "007", ("la4ch",)).views) == ["la4ch"]


def test_a_subject_without_description_is_not_there(tmp_path):
    with pytest.raises(SubjectError, match=r"sub-007\.json: is missing") as caught:
        canonical.read(tmp_path, "007")
    assert caught.value.code == "not_converted"
