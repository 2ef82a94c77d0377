"""UK Biobank's archives in miniature."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import SubjectError
from tests.unit.cohorts.nifti_world import cohort, load
from tests.unit.imaging.dicom_world import dataset, pixels_of, position_of, write, write_cine

SAX, LAX = "1234567_20209_2_0.zip", "1234567_20208_2_0.zip"
HEADER = "filename,patientid,acquisition date,series discription,series number"


def archive(path: Path, folder: Path, manifest: str | None, name: str = "manifest.csv") -> Path:
    if manifest is not None:
        (folder / name).write_text(manifest)
    with zipfile.ZipFile(path, "w") as file:
        for member in sorted(folder.iterdir()):
            file.write(member, member.name)
    shutil.rmtree(folder)
    return path


def flat(folder: Path, t: int, z: int, frames: int) -> Path:
    return folder / f"1.3.12.{z}.{t}.dcm"


def named(series_of) -> object:
    """Puts a SeriesDescription and a series a slice into every file."""

    def change(image, t, z):
        image.SeriesDescription, image.SeriesNumber = series_of(z), 10 + z
        image.SeriesInstanceUID = f"1.2.3.{10 + z}"
        return image

    return change


def lines(slices: int = 4, frames: int = 3) -> list[str]:
    """Dates have a comma and no quotes."""
    return [
        f"1.3.12.{z}.{t}.dcm,1234567,Nov 21, 2016,CINE_segmented_SAX_b{z + 1},{10 + z}"
        for z in range(slices)
        for t in range(frames)
    ]


def short_axis(root: Path, manifest: list[str] | None, name: str = "manifest.csv", extra=None) -> Path:
    folder = root / "work"
    write_cine(folder, name=flat, change=named(lambda z: f"CINE_segmented_SAX_b{z + 1}"))
    if extra:
        extra(folder)
    text = None if manifest is None else "\n".join([HEADER, *manifest])
    return archive(root / SAX, folder, text, name)


@pytest.mark.parametrize("name", ["manifest.csv", "manifest.cvs"])
def test_an_archive_is_read_by_its_manifest_though_dates_have_commas(tmp_path: Path, name: str) -> None:
    path = short_axis(tmp_path, lines(), name)
    loaded = load("ukbb", tmp_path)
    assert (loaded.subject.id, loaded.findings) == ("1234567", ())
    np.testing.assert_array_equal(loaded.views["sax"].image.data[1], np.stack([pixels_of(1, z) for z in range(4)]))
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_manifest_the_headers_say_which_series_a_file_is_of(tmp_path: Path) -> None:
    short_axis(tmp_path, None)
    assert load("ukbb", tmp_path).views["sax"].image.data.shape[:2] == (3, 4)


def test_series_with_drawings_are_not_read_and_repeats_count_once(tmp_path: Path) -> None:
    def more(folder: Path) -> None:
        for number, series, brighter in ((30, "CINE_segmented_SAX_b2", 50), (31, "CINE_segmented_SAX_b2InlineVF", 90)):
            for t in range(3):
                image = dataset(pixels_of(t, 1) + brighter, position_of(1), TriggerTime=t * 41, InstanceNumber=t + 1)
                image.SeriesDescription, image.SeriesNumber = series, number
                image.SeriesInstanceUID = f"1.2.3.{number}"
                write(folder / f"1.3.{number}.{t}.dcm", image)

    short_axis(tmp_path, None, extra=more)
    loaded = load("ukbb", tmp_path)
    np.testing.assert_array_equal(loaded.views["sax"].image.data[2, 1], pixels_of(2, 1) + 50)
    assert [finding.code for finding in loaded.findings] == ["repeated_slice"]


def test_the_four_chamber_view_comes_from_the_other_archive(tmp_path: Path) -> None:
    short_axis(tmp_path, lines())
    folder = tmp_path / "long"
    write_cine(folder, slices=1, name=flat, change=named(lambda z: "CINE_segmented_LAX_4Ch"))
    archive(tmp_path / LAX, folder, None)
    loaded = load("ukbb", tmp_path)
    assert {role: view.image.data.shape[:2] for role, view in loaded.views.items()} == {"sax": (3, 4), "la4ch": (3, 1)}
    assert loaded.views["la4ch"].role == "la4ch"


def test_a_long_axis_without_four_chambers_is_a_warning(tmp_path: Path) -> None:
    short_axis(tmp_path, lines())
    folder = tmp_path / "long"
    write_cine(folder, slices=1, name=flat, change=named(lambda z: "CINE_segmented_LAX_2Ch"))
    archive(tmp_path / LAX, folder, None)
    loaded = load("ukbb", tmp_path)
    assert list(loaded.views) == ["sax"]
    (finding,) = loaded.findings
    assert finding.code == "no_la4ch" and "but CINE_segmented_LAX_2Ch" in finding.sentence


def test_of_two_visits_the_first_is_used_and_a_participant_is_one_subject(tmp_path: Path) -> None:
    path = short_axis(tmp_path, lines())
    shutil.copy(path, tmp_path / SAX.replace("_2_0", "_3_0"))
    assert [subject.id for subject in cohort("ukbb", tmp_path).find()] == ["1234567"]
    assert [finding.code for finding in load("ukbb", tmp_path).findings] == ["several_sessions"]


def test_an_archive_without_short_axis_or_none_at_all_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    write_cine(folder, name=flat, change=named(lambda z: "shMOLLI"))
    archive(tmp_path / SAX, folder, None)
    with pytest.raises(SubjectError, match=rf"{SAX}: holds no series CINE_segmented_SAX \(but shMOLLI\)"):
        load("ukbb", tmp_path)
    (tmp_path / SAX).rename(tmp_path / LAX)
    with pytest.raises(SubjectError, match=f"has no {SAX}; wanted its short axis"):
        load("ukbb", tmp_path)


def test_a_frame_that_is_missing_is_named_by_its_archive(tmp_path: Path) -> None:
    short_axis(tmp_path, None, extra=lambda folder: (folder / "1.3.12.2.1.dcm").unlink())
    with pytest.raises(SubjectError, match=f"{SAX}.*slice 3 of 4 has 2 frames") as caught:
        load("ukbb", tmp_path)
    assert caught.value.code == "missing_frame"
