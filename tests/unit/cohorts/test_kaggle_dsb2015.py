"""The Data Science Bowl in miniature: a folder a slice, volumes in tables of two kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from tests.unit.cohorts.nifti_world import cohort, load
from tests.unit.imaging.dicom_world import pixels_of, write_cine


def case(root: Path, name: str = "7", **options: object) -> Path:
    """A case of four slices with a long axis beside them."""
    study = root / "train" / "train" / name / "study"
    write_cine(study, name=lambda folder, t, z, frames: folder / f"sax_{z + 5}" / f"IM-{t:04d}.dcm", **options)
    write_cine(study / "2ch_1", slices=1)
    return study


def test_a_case_is_its_short_axis_with_the_stated_volumes(tmp_path: Path) -> None:
    case(tmp_path)
    (tmp_path / "train.csv").write_text("Id,Systole,Diastole\n7,108.3,246.7\n")
    loaded = load("kaggle_dsb2015", tmp_path)
    assert (loaded.subject.id, loaded.subject.edv_ml, loaded.subject.esv_ml) == ("7", 246.7, 108.3)
    view = loaded.views["sax"]
    assert (view.annotations, loaded.findings) == ((), ())
    np.testing.assert_array_equal(view.image.data[2], np.stack([pixels_of(2, z) for z in range(4)]))


def test_the_solutions_long_form_is_read_too(tmp_path: Path) -> None:
    case(tmp_path)
    (tmp_path / "solution.csv").write_text("Id,Volume,Usage\n7_Diastole,200,Public\n7_Systole,80,Public\n")
    loaded = load("kaggle_dsb2015", tmp_path)
    assert (loaded.subject.edv_ml, loaded.subject.esv_ml) == (200, 80)


@pytest.mark.parametrize(
    ("table", "code"), [("", "no_volumes"), ("7,300,200\n", "volumes"), ("7,x,200\n", "no_volumes")]
)
def test_volumes_that_lack_or_cannot_be_are_a_warning(tmp_path: Path, table: str, code: str) -> None:
    case(tmp_path)
    (tmp_path / "train.csv").write_text(f"Id,Systole,Diastole\n{table}")
    assert [finding.code for finding in load("kaggle_dsb2015", tmp_path).findings] == [code]


def test_a_black_case_and_one_of_mixed_sizes_are_told(tmp_path: Path) -> None:
    from cardioprior.cohorts.contract import LoadedSubject
    from cardioprior.onboarding.checks import check

    def black(image, t, z):
        image.PixelData = bytes(len(image.PixelData))
        return image

    def mixed(image, t, z):
        if z == 3:
            image.PixelSpacing = [1.2, 1.2]
        return image

    case(tmp_path, "8", change=black)
    case(tmp_path, "9", change=mixed)
    loaded = load("kaggle_dsb2015", tmp_path, "8")
    with pytest.raises(SubjectError) as caught:
        check(LoadedSubject(loaded.subject, loaded.views))
    assert caught.value.code == "constant_image"
    with pytest.raises(SubjectError) as caught:
        load("kaggle_dsb2015", tmp_path, "9")
    assert caught.value.code == "mixed_spacing"


def test_cases_are_sorted_as_numbers(tmp_path: Path) -> None:
    for name in ("10", "9"):
        case(tmp_path, name)
    assert [subject.id for subject in cohort("kaggle_dsb2015", tmp_path).find()] == ["9", "10"]
