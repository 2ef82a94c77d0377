"""M&Ms and M&Ms-2 in miniature."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from tests.unit.cohorts.nifti_world import cine, cohort, heart, labelled, load, save

HEADER = ",External code,VendorName,Vendor,Centre,ED,ES,Pathology,Age,Sex,Height,Weight"


def mnms(root: Path, *rows: str) -> Path:
    """A labelled subject A1 with ED 4 and ES 1, and what the table says."""
    folder = root / "OpenDataset" / "Training" / "Labeled" / "A1"
    save(folder / "A1_sa.nii.gz", cine(6))
    save(folder / "A1_sa_gt.nii.gz", labelled(6, ed=4, es=1))
    (root / "OpenDataset" / "info.csv").write_text("\n".join([HEADER, *(rows or ("0,A1,S,A,1,4,1,HCM,60,F,165,70",))]))
    return folder


def test_a_labelled_subject_has_its_labels_at_the_frames_of_the_table(tmp_path: Path) -> None:
    mnms(tmp_path)
    loaded = load("mnms", tmp_path)
    subject, view = loaded.subject, loaded.views["sax"]
    assert (subject.group, subject.sex, subject.height_cm, subject.weight_kg) == ("HCM", "F", 165, 70)
    assert ({a.phase: a.frame for a in view.annotations}, view.phases_from) == ({"ED": 4, "ES": 1}, "metadata")
    np.testing.assert_array_equal(view.annotation("ED").labels, heart())
    assert loaded.findings == ()


def test_an_unlabelled_subject_is_images_alone_though_it_has_a_label_file(tmp_path: Path) -> None:
    folder = mnms(tmp_path)
    save(folder / "A1_sa_gt.nii.gz", np.zeros_like(labelled(6, 4, 1)))
    assert load("mnms", tmp_path).views["sax"].annotations == ()


def test_a_subject_that_the_table_does_not_know_has_ed_and_es_by_volume_and_a_warning(tmp_path: Path) -> None:
    mnms(tmp_path, "0,B2,S,A,1,0,3,NOR,50,M,180,80")
    loaded = load("mnms", tmp_path, "A1")
    view = loaded.views["sax"]
    assert ({a.phase: a.frame for a in view.annotations}, view.phases_from) == ({"ED": 4, "ES": 1}, "volume")
    assert [finding.code for finding in loaded.findings] == ["no_frames_stated"]


def test_a_subject_of_the_table_without_files_is_found_and_told(tmp_path: Path) -> None:
    mnms(tmp_path, "0,B2,S,A,1,0,3,NOR,50,M,180,80")
    assert [subject.id for subject in cohort("mnms", tmp_path).find()] == ["A1", "B2"]
    with pytest.raises(SubjectError, match=r"holds no file B2_sa\.nii\.gz, which its table names"):
        load("mnms", tmp_path, "B2")


def test_labels_of_another_number_of_frames_are_named(tmp_path: Path) -> None:
    folder = mnms(tmp_path)
    save(folder / "A1_sa_gt.nii.gz", labelled(5, 4, 1))
    with pytest.raises(SubjectError, match=r"A1_sa_gt\.nii\.gz: has 5 frames; wanted the image's 6") as caught:
        load("mnms", tmp_path)
    assert caught.value.code == "label_grid"


def mnms2(root: Path, with_cine: bool = True) -> Path:
    """Subject 007: ED is frame 5 of six, ES frame 2; the long axis is one slice."""
    folder = root / "MnM2" / "dataset" / "007"
    for axis, whole in (("SA", cine(6)), ("LA", cine(6)[:, :1])):
        slices = whole.shape[1]
        for phase, frame, half in (("ED", 5, 2), ("ES", 2, 1)):
            save(folder / f"007_{axis}_{phase}.nii.gz", whole[frame])
            save(folder / f"007_{axis}_{phase}_gt.nii.gz", heart(lv_half=half)[:slices])
        if with_cine:
            save(folder / f"007_{axis}_CINE.nii.gz", whole)
    (root / "MnM2" / "dataset_information.csv").write_text("SUBJECT_CODE,DISEASE,VENDOR\n7,FALL,Siemens\n")
    return folder


def test_ed_and_es_are_the_frames_of_the_cine_that_equal_their_images(tmp_path: Path) -> None:
    mnms2(tmp_path)
    loaded = load("mnms2", tmp_path)
    assert (loaded.subject.id, loaded.subject.group, loaded.findings) == ("007", "FALL", ())
    for role, slices in (("sax", 4), ("la4ch", 1)):
        view = loaded.views[role]
        assert {a.phase: a.frame for a in view.annotations} == {"ED": 5, "ES": 2}
        np.testing.assert_array_equal(view.image.data, cine(6)[:, :slices])
        np.testing.assert_array_equal(view.annotation("ES").labels, heart(lv_half=1)[:slices])


def test_without_the_cine_the_view_is_ed_and_es(tmp_path: Path) -> None:
    mnms2(tmp_path, with_cine=False)
    view = load("mnms2", tmp_path).views["sax"]
    np.testing.assert_array_equal(view.image.data, cine(6)[[5, 2]])
    assert {a.phase: a.frame for a in view.annotations} == {"ED": 0, "ES": 1}


def test_a_cine_that_does_not_hold_the_frames_is_left_and_said(tmp_path: Path) -> None:
    folder = mnms2(tmp_path)
    save(folder / "007_SA_CINE.nii.gz", cine(6) * 2 + 1)
    loaded = load("mnms2", tmp_path)
    assert [finding.code for finding in loaded.findings] == ["cine_differs"]
    assert loaded.views["sax"].image.data.shape[0] == 2


def test_a_subject_without_its_long_axis_keeps_its_short_axis(tmp_path: Path) -> None:
    folder = mnms2(tmp_path)
    for path in folder.glob("*_LA_*"):
        path.unlink()
    loaded = load("mnms2", tmp_path)
    assert list(loaded.views) == ["sax"] and [finding.code for finding in loaded.findings] == ["no_la4ch"]
