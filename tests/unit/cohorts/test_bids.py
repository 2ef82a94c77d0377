"""BIDS-like folders: cines and single frames, labels beside them or below derivatives, sessions and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from tests.unit.cohorts.nifti_world import REVERSED, cine, cohort, heart, labelled, load, picture, save

TABLE = "index\tname\n1\tright ventricle\n2\tLV myocardium\n3\tLV cavity\n"


def fault(root: Path) -> SubjectError:
    with pytest.raises(SubjectError) as caught:
        load("bids", root)
    return caught.value


def test_a_cine_and_its_labels_below_derivatives_are_one_view(tmp_path: Path) -> None:
    save(tmp_path / "sub-01" / "anat" / "sub-01_acq-sax_cine.nii.gz", cine(6))
    labels = tmp_path / "derivatives" / "manual" / "sub-01" / "anat" / "sub-01_acq-sax_desc-expert_dseg.nii.gz"
    save(labels, labelled(6, 5, 2, REVERSED))
    (tmp_path / "derivatives" / "manual" / "dseg.tsv").write_text(TABLE)
    loaded = load("bids", tmp_path)
    view = loaded.views["sax"]
    assert (loaded.subject.id, loaded.findings, view.phases_from) == ("01", (), "volume")
    np.testing.assert_array_equal(view.annotation("ED").labels, heart())
    assert {a.phase: a.frame for a in view.annotations} == {"ED": 5, "ES": 2}


def test_what_participants_tsv_says_of_ed_and_es_counts(tmp_path: Path) -> None:
    save(tmp_path / "sub-01" / "anat" / "sub-01_cine.nii.gz", cine(6))
    save(tmp_path / "sub-01" / "anat" / "sub-01_dseg.nii.gz", labelled(6, 5, 2))
    (tmp_path / "participants.tsv").write_text(
        "participant_id\tsex\theight\tweight\tgroup\ted_frame\tes_frame\nsub-01\tM\t1.8\t80\tHCM\t2\t5\n"
    )
    loaded = load("bids", tmp_path)
    subject, view = loaded.subject, loaded.views["sax"]
    assert (subject.sex, subject.height_cm, subject.weight_kg, subject.group) == ("M", 180, 80, "HCM")
    assert ({a.phase: a.frame for a in view.annotations}, view.phases_from) == ({"ED": 2, "ES": 5}, "metadata")


def test_single_frames_are_told_by_their_phase(tmp_path: Path) -> None:
    for phase, half in (("ED", 2), ("ES", 1)):
        save(tmp_path / "sub-a" / f"sub-a_phase-{phase}_bold.nii.gz", picture(half))
        save(tmp_path / "sub-a" / f"sub-a_phase-{phase}_dseg.nii.gz", heart(lv_half=half))
    view = load("bids", tmp_path).views["sax"]
    np.testing.assert_array_equal(view.image.data, np.stack([picture(2), picture(1)]))
    np.testing.assert_array_equal(view.annotation("ES").labels, heart(lv_half=1))
    assert (view.frame_numbers, view.phases_from) == ((0, 1), "labels")


def test_single_frames_have_the_places_that_their_names_give(tmp_path: Path) -> None:
    for frame in (12, 3):
        save(tmp_path / "sub-a" / f"sub-a_frame-{frame}_cine.nii.gz", picture(frame))
    view = load("bids", tmp_path).views["sax"]
    assert (view.frame_numbers, view.cycle_length) == ((3, 12), 13)
    np.testing.assert_array_equal(view.image.data[0], picture(3))


def test_a_single_frames_labels_lie_in_that_frame_of_the_cine(tmp_path: Path) -> None:
    save(tmp_path / "sub-a" / "sub-a_cine.nii.gz", cine(4))
    save(tmp_path / "sub-a" / "sub-a_frame-2_dseg.nii.gz", heart())
    (annotation,) = load("bids", tmp_path).views["sax"].annotations
    assert annotation.frame == 2


def test_the_four_chamber_view_is_a_view_and_other_long_axes_are_none(tmp_path: Path) -> None:
    save(tmp_path / "sub-a" / "sub-a_acq-sax_cine.nii.gz", cine(2))
    save(tmp_path / "sub-a" / "sub-a_acq-4ch_cine.nii.gz", cine(2)[:, :1])
    save(tmp_path / "sub-a" / "sub-a_acq-2ch_cine.nii.gz", cine(2)[:, 1:2])
    loaded = load("bids", tmp_path)
    assert {role: view.image.data.shape[1] for role, view in loaded.views.items()} == {"sax": 4, "la4ch": 1}


def test_of_several_images_the_cine_is_taken(tmp_path: Path) -> None:
    save(tmp_path / "sub-a" / "sub-a_cine.nii.gz", cine(2))
    save(tmp_path / "sub-a" / "sub-a_T1map.nii.gz", picture())
    assert load("bids", tmp_path).views["sax"].cycle_length == 2


def test_of_several_sessions_the_first_is_taken_and_it_is_said(tmp_path: Path) -> None:
    for session, frames in (("1", 2), ("2", 3)):
        save(tmp_path / "sub-a" / f"ses-{session}" / f"sub-a_ses-{session}_cine.nii.gz", cine(frames))
    loaded = load("bids", tmp_path)
    assert loaded.views["sax"].cycle_length == 2
    assert [finding.code for finding in loaded.findings] == ["several_sessions"]


def test_values_that_no_table_explains_are_ours_with_a_warning(tmp_path: Path) -> None:
    save(tmp_path / "sub-a" / "sub-a_cine.nii.gz", picture())
    save(tmp_path / "sub-a" / "sub-a_dseg.nii.gz", heart())
    loaded = load("bids", tmp_path)
    np.testing.assert_array_equal(loaded.views["sax"].annotations[0].labels, heart())
    assert [finding.code for finding in loaded.findings] == ["label_values_assumed"]


def test_what_cannot_be_told_apart_or_has_no_image_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "sub-a"
    save(folder / "sub-a_run-1_cine.nii.gz", cine(2))
    save(folder / "sub-a_run-2_cine.nii.gz", cine(2))
    assert fault(tmp_path).code == "several_images" and "sub-a_run-1_cine.nii.gz" in fault(tmp_path).sentence
    (folder / "sub-a_run-2_cine.nii.gz").unlink()
    save(folder / "sub-a_run-2_dseg.nii.gz", heart())
    assert fault(tmp_path).code == "no_image" and "has no image of its name" in fault(tmp_path).sentence
    (folder / "sub-a_run-1_cine.nii.gz").unlink()
    assert "holds no short-axis image" in fault(tmp_path).sentence


def test_subjects_are_sorted_and_derivatives_are_no_subjects(tmp_path: Path) -> None:
    for name in ("sub-10", "sub-02"):
        save(tmp_path / name / f"{name}_cine.nii.gz", cine(2))
    save(tmp_path / "derivatives" / "x" / "sub-02" / "sub-02_dseg.nii.gz", heart())
    assert [subject.id for subject in cohort("bids", tmp_path).find()] == ["02", "10"]
