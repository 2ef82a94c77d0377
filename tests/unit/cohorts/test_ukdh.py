"""UK Digital Heart pairs in miniature, and the one released case where it is at hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from cardioprior.imaging.nifti_steps import read_checked
from tests.unit.cohorts.nifti_world import OURS, cohort, heart, load, picture, save
from tests.unit.imaging.dicom_world import real_data

THEIRS = {"LV": 1, "MYO": 2, "RV": 4}
FINE = np.diag([1.25, 1.25, 2.0, 1.0])
COARSE = np.diag([1.25, 1.25, 10.0, 1.0])


def pair(root: Path, name: str = "s1") -> Path:
    folder = root / name
    for phase, half in (("ED", 2), ("ES", 1)):
        save(folder / f"lvsa_SR_{phase}.nii.gz", picture(half), FINE)
        save(folder / f"segmentation_SR_{phase}.nii.gz", heart(THEIRS, half), FINE)
        save(folder / f"lvsa_{phase}.nii.gz", picture(half), COARSE)
        save(folder / f"seg_lvsa_{phase}.nii.gz", heart(THEIRS, half), COARSE)
    return folder


def test_a_pair_is_two_views_with_their_own_spacing_and_rv_is_label_four(tmp_path: Path) -> None:
    pair(tmp_path)
    loaded = load("ukdh", tmp_path)
    assert {role: view.image.spacing_mm[0] for role, view in loaded.views.items()} == {"hr": 2, "lr": 10}
    for view in loaded.views.values():
        for phase, half in (("ED", 2), ("ES", 1)):
            np.testing.assert_array_equal(view.annotation(phase).labels, heart(OURS, half))
        assert view.phases_from == "labels"
    assert loaded.findings == ()


def test_names_are_read_in_any_case_and_other_files_are_passed_over(tmp_path: Path) -> None:
    save(tmp_path / "s1" / "LVSA_ed.nii.gz", picture(), COARSE)
    save(tmp_path / "s1" / "lvsa_.nii.gz", picture(), COARSE)
    save(tmp_path / "s1" / "edema.nii.gz", picture(), COARSE)
    loaded = load("ukdh", tmp_path)
    assert list(loaded.views) == ["lr"] and loaded.views["lr"].image.data.shape[0] == 1


def test_folders_of_one_name_are_two_subjects(tmp_path: Path) -> None:
    pair(tmp_path, "a/s1")
    pair(tmp_path, "b/s1")
    assert [subject.id for subject in cohort("ukdh", tmp_path).find()] == ["a-s1", "b-s1"]


def test_a_label_map_without_image_is_a_warning_or_the_end(tmp_path: Path) -> None:
    folder = pair(tmp_path)
    (folder / "lvsa_ES.nii.gz").unlink()
    loaded = load("ukdh", tmp_path)
    assert [finding.code for finding in loaded.findings] == ["no_image"]
    assert loaded.views["lr"].annotation("ES") is None
    for path in folder.glob("lvsa*"):
        path.unlink()
    with pytest.raises(SubjectError, match="has label maps but no image"):
        load("ukdh", tmp_path)


def test_two_images_of_a_kind_are_named(tmp_path: Path) -> None:
    folder = pair(tmp_path)
    save(folder / "lvsa2_ED.nii.gz", picture(), COARSE)
    with pytest.raises(SubjectError, match=r"lvsa2_ED\.nii\.gz, lvsa_ED\.nii\.gz are lr images of ED; wanted one"):
        load("ukdh", tmp_path)


def test_the_released_case_has_its_slices_along_the_first_axis_which_is_said(tmp_path: Path) -> None:
    source = real_data("srheart") / "demo_HR.nii.gz"
    volume, findings = read_checked(source)
    assert volume.shape_zyx == (64, 128, 128)
    assert volume.spacing_mm == pytest.approx((2, 1.25, 1.25), rel=0.01)
    assert "slice_axis" in [finding.code for finding in findings]
    folder = tmp_path / "demo"
    folder.mkdir()
    shutil.copy(source, folder / "HR_ED.nii.gz")
    shutil.copy(source, folder / "segmentation_HR_ED.nii.gz")
    annotation = load("ukdh", tmp_path).views["hr"].annotation("ED")
    assert set(np.unique(annotation.labels)) == {0, 1, 2, 3}
