"""CETUS in miniature: an ultrasound cine in metres with a ball for an LV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from cardioprior.cohorts.contract import View
from cardioprior.errors import SubjectError
from cardioprior.imaging.meshes import Mesh
from tests.unit.cohorts.nifti_world import load
from tests.unit.imaging.test_meshes import ball, text_of

SPACING_MM = 1.2
RADII = {"ED": 9.0, "ES": 7.0}


def patient(root: Path, frames: int = 4, metres: float = 0.001, times: str = "ED time : 4\nES time : 2\n") -> Path:
    """ED is frame 4 and ES frame 2, counted from 1; the grid begins at -3 mm."""
    folder = root / "Patient7"
    folder.mkdir(parents=True)
    for number in range(1, frames + 1):
        image = sitk.GetImageFromArray((np.arange(32**3).reshape(32, 32, 32) % 251 + number % 4).astype(np.uint8))
        image.SetSpacing([SPACING_MM * metres] * 3)
        image.SetOrigin([-3 * metres] * 3)
        sitk.WriteImage(image, str(folder / f"Patient7_frame{number:02d}.mhd"))
    (folder / "Patient7_ED_ES_time.txt").write_text(times)
    for phase, radius in RADII.items():
        mesh = ball(radius)
        (folder / f"Patient7_{phase}_truth.vtk").write_bytes(text_of(Mesh(mesh.points * metres, mesh.triangles)))
    return folder


def volume_ml(view: View, phase: str) -> float:
    return float((view.annotation(phase).labels == 1).sum()) * view.image.voxel_volume_ml


@pytest.mark.parametrize("metres", [0.001, 1.0])
def test_meshes_and_images_in_metres_or_millimetres_are_masks_of_their_volume(tmp_path: Path, metres: float) -> None:
    patient(tmp_path, metres=metres)
    loaded = load("cetus", tmp_path)
    view = loaded.views["us"]
    assert (loaded.subject.ed_frame, loaded.subject.es_frame, view.phases_from) == (3, 1, "metadata")
    assert view.image.spacing_mm == pytest.approx((SPACING_MM,) * 3)
    assert {a.phase: a.frame for a in view.annotations} == {"ED": 3, "ES": 1}
    for phase, radius in RADII.items():
        assert volume_ml(view, phase) == pytest.approx(ball(radius).volume() / 1000, rel=0.03)
        assert view.annotation(phase).structures == ("LV",)
    middle = np.argwhere(view.annotation("ED").labels).mean(axis=0) * SPACING_MM - 3
    np.testing.assert_allclose(middle, 15, atol=0.1)


def test_frames_that_are_there_keep_their_places(tmp_path: Path) -> None:
    folder = patient(tmp_path)
    for number in (1, 3):
        (folder / f"Patient7_frame{number:02d}.mhd").unlink()
    view = load("cetus", tmp_path).views["us"]
    assert (view.frame_numbers, view.cycle_length) == ((1, 3), 4)


def test_a_truth_whose_frame_is_not_named_is_a_warning_and_neither_named_is_the_end(tmp_path: Path) -> None:
    folder = patient(tmp_path, times="ED time : 4\n")
    loaded = load("cetus", tmp_path)
    assert [finding.code for finding in loaded.findings] == ["no_frame_es"]
    assert loaded.views["us"].annotation("ES") is None
    (folder / "Patient7_ED_ES_time.txt").unlink()
    with pytest.raises(SubjectError, match=r"Patient7_ED_ES_time\.txt: names no frame for ED"):
        load("cetus", tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.with_suffix(".raw").write_bytes(b"0" * 99), "has 99 bytes; wanted 32768"),
        (lambda path: path.with_suffix(".raw").unlink(), "names the data file 'Patient7_frame02.raw'; wanted a file"),
        (lambda path: path.write_text(path.read_text().replace("32 32 32", "99999 99999 99999")), "wanted at most"),
        (lambda path: path.write_text(path.read_text().replace("32 32 32", "32 0 32")), "has the size [32, 0, 32]"),
        (
            lambda path: path.write_text(path.read_text().replace("ElementSpacing = ", "ElementSpacing = 0 ")),
            "has the spacing [0.0",
        ),
        (lambda path: path.write_text("nothing"), "is no MetaImage header"),
        (
            lambda path: path.write_text(path.read_text().replace("Patient7_frame02.raw", "../../secret")),
            "names the data file '../../secret'",
        ),
    ],
)
def test_a_damaged_image_is_named(tmp_path: Path, change, said: str) -> None:
    change(patient(tmp_path) / "Patient7_frame02.mhd")
    with pytest.raises(SubjectError) as caught:
        load("cetus", tmp_path)
    assert caught.value.code == "corrupt_file"
    assert "Patient7_frame02" in caught.value.sentence and said in caught.value.sentence
