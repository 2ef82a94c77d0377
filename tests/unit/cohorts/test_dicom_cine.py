"""Cines without labels, a folder a subject."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cardioprior.cohorts.contract import CohortSettings
from cardioprior.cohorts.dicom_cine import Adapter
from cardioprior.errors import CardioPriorError, SubjectError
from tests.unit.imaging.dicom_world import REAL_DATA, real_data, write_cine


def cohort(root) -> Adapter:
    return Adapter(CohortSettings(adapter="dicom_cine", root=root), root, "clinic", 0)


def test_every_folder_with_files_at_any_depth_is_a_subject(tmp_path):
    (tmp_path / "b" / "study" / "series").mkdir(parents=True)
    (tmp_path / "b" / "study" / "series" / "1.dcm").touch()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "IM1").touch()
    (tmp_path / "empty" / "below").mkdir(parents=True)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "x").touch()
    (tmp_path / "readme.txt").touch()
    assert [(subject.id, subject.sources) for subject in cohort(tmp_path).find()] == [("a", ("a",)), ("b", ("b",))]


def test_a_root_without_subjects_says_what_was_wanted(tmp_path):
    with pytest.raises(
        CardioPriorError, match=f"{tmp_path}: found no folder with files in it; wanted one folder a sub"
    ):
        cohort(tmp_path).find()
    with pytest.raises(CardioPriorError, match="nowhere: there is no such folder; wanted"):
        cohort(tmp_path / "nowhere").find()


def test_a_subject_is_a_short_axis_view_without_annotations(tmp_path):
    write_cine(tmp_path / "p1" / "deep")
    (subject,) = cohort(tmp_path).find()
    loaded = cohort(tmp_path).load(subject)
    view = loaded.views["sax"]
    assert loaded.subject == subject and loaded.findings == ()
    assert (view.role, view.frame_numbers, view.cycle_length) == ("sax", (0, 1, 2), 3)
    assert view.frame_times_ms == (0, 41.5, 83)
    assert view.annotations == ()
    assert view.image.data.shape == (3, 4, 6, 8)


def test_a_file_that_only_looks_like_dicom_is_a_warning(tmp_path):
    write_cine(tmp_path / "p1")
    (tmp_path / "p1" / "bad.IMA").write_bytes(b"\0" * 500)
    (tmp_path / "p1" / "notes.txt").touch()
    (finding,) = cohort(tmp_path).load(cohort(tmp_path).find()[0]).findings
    assert (finding.status, finding.code) == ("warning", "not_dicom")
    assert "1 file(s) named as DICOM are not" in finding.sentence and "bad.IMA" in finding.sentence


def test_a_folder_of_other_files_is_excluded_with_its_name(tmp_path):
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "notes.txt").touch()
    with pytest.raises(SubjectError, match="p1: no short-axis stack among 0 images") as caught:
        cohort(tmp_path).load(cohort(tmp_path).find()[0])
    assert caught.value.code == "no_short_axis"


@pytest.mark.parametrize("module", ["dicom_cine", "siemens_overlays"])
def test_an_adapter_is_imported_without_the_libraries_that_read_images(module):
    code = (
        f"import sys, cardioprior.cohorts.{module}; "
        "print([m for m in ('pydicom', 'scipy', 'nibabel', 'skimage') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_three_sunnybrook_patients_are_three_cines_of_twenty_frames():
    real_data("sunnybrook/dicoms")
    adapter = cohort(REAL_DATA / "sunnybrook" / "dicoms")
    subjects = adapter.find()
    assert [subject.id for subject in subjects] == ["SCD0000101", "SCD0000201", "SCD0000301"]
    view = adapter.load(subjects[0]).views["sax"]
    assert view.cycle_length == 20 and len(view.frame_times_ms) == 20
    assert np.diff(view.frame_times_ms).min() > 30
