"""Sunnybrook in miniature, in both layouts, and three of its patients where they are at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardioprior.cohorts.sunnybrook import Adapter
from cardioprior.errors import SubjectError
from cardioprior.imaging.polygons import area, read_polygon
from tests.unit.cohorts.nifti_world import cohort, load
from tests.unit.imaging.dicom_world import real_data, write_cine

SLICES, FRAMES, SHAPE = 4, 3, (20, 24)
ED, ES = 2, 1


def square(half: float) -> str:
    """Corners of a square about row 10, column 12."""
    corners = [(12 - half, 10 - half), (12 + half, 10 - half), (12 + half, 10 + half), (12 - half, 10 + half)]
    return "\n".join(f"{x:.2f} {y:.2f}" for x, y in corners)


def instance(t: int, z: int) -> int:
    """As write_cine numbers images."""
    return (SLICES - 1 - z) * FRAMES + t + 1


def contours(folder: Path, epicardium: tuple[int, ...] = (1, 2)) -> None:
    """LV in slices 1 and 2 at ED and ES, its wall at ED."""
    folder.mkdir(parents=True)
    for t, kind, half, slices in ((ED, "i", 4.5, (1, 2)), (ES, "i", 2.5, (1, 2)), (ED, "o", 6.5, epicardium)):
        for z in slices:
            (folder / f"IM-0001-{instance(t, z):04d}-{kind}contour-manual.txt").write_text(square(half))


def patient(root: Path, official: bool = False, epicardium: tuple[int, ...] = (1, 2)) -> Path:
    """The folder of contours of patient SCD0000101, known as SC-HF-NI-03."""
    images = root / "SCD_IMAGES_01" / "SCD0000101" / "CINESAX_300" if official else root / "dicoms" / "SCD0000101"
    write_cine(images, FRAMES, SLICES, shape=SHAPE)
    name = "contours-manual/IRCCI-expert" if official else "i-contours"
    folder = root / "SCD_ManualContours" / "SC-HF-NI-03" / name
    contours(folder, epicardium)
    columns = "PatientID,OriginalID,Gender" if official else "patient_id,original_id"
    row = "SCD0000101,SC-HF-NI-3,Female" if official else "SCD0000101,SC-HF-NI-3"
    (root / "link.csv").write_text(f"{columns}\n{row}\n")
    return folder


@pytest.mark.parametrize("official", [False, True])
def test_contours_become_labels_in_the_frames_and_slices_of_their_images(tmp_path: Path, official: bool) -> None:
    patient(tmp_path, official)
    loaded = load("sunnybrook", tmp_path)
    view = loaded.views["sax"]
    assert (loaded.subject.group, loaded.subject.sex) == ("HF-NI", "F" if official else "")
    assert (loaded.subject.ed_frame, loaded.subject.es_frame, loaded.findings) == (ED, ES, ())
    ed, es = view.annotation("ED"), view.annotation("ES")
    assert (ed.frame, ed.structures, es.frame, es.structures) == (ED, ("LV", "MYO"), ES, ("LV",))
    assert [int((ed.labels[z] == 1).sum()) for z in range(SLICES)] == [0, 81, 81, 0]
    assert [int((ed.labels[z] == 2).sum()) for z in range(SLICES)] == [0, 169 - 81, 169 - 81, 0]
    assert [int((es.labels[z] == 1).sum()) for z in range(SLICES)] == [0, 25, 25, 0]
    assert view.phases_from == "labels"


def test_long_axes_beside_the_short_axis_are_not_read_in_the_official_layout(tmp_path: Path) -> None:
    patient(tmp_path, official=True)
    (tmp_path / "SCD_IMAGES_01" / "SCD0000101" / "CINELAX_301").mkdir()
    (tmp_path / "SCD_IMAGES_01" / "SCD0000101" / "CINELAX_301" / "IM-0001-0001.dcm").write_bytes(b"x")
    (subject,) = cohort("sunnybrook", tmp_path).find()
    assert subject.sources == ("SCD_IMAGES_01/SCD0000101/CINESAX_300",)


def test_slices_without_epicardium_are_a_warning(tmp_path: Path) -> None:
    patient(tmp_path, epicardium=(1,))
    loaded = load("sunnybrook", tmp_path)
    (finding,) = loaded.findings
    assert finding.code == "partial_epicardium" and "slices [3] have no epicardium at ED" in finding.sentence


def test_a_patient_without_contours_or_link_is_images_alone_with_a_warning(tmp_path: Path) -> None:
    patient(tmp_path)
    (tmp_path / "link.csv").unlink()
    loaded = load("sunnybrook", tmp_path)
    assert loaded.views["sax"].annotations == () and [finding.code for finding in loaded.findings] == ["no_labels"]


def test_a_patient_that_only_the_table_names_is_found_and_told(tmp_path: Path) -> None:
    patient(tmp_path)
    with (tmp_path / "link.csv").open("a") as file:
        file.write("SCD0000999,SC-N-1\n")
    with pytest.raises(SubjectError, match="has no folder SCD0000999, which a csv file names"):
        load("sunnybrook", tmp_path, "SCD0000999")


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("IM-0001-0099-icontour-manual.txt", square(3), "contour_image"),
        (f"IM-0001-{instance(ED, 1):04d}-icontour-manual.txt", "12 10\nten 4\n", "bad_contour"),
        (f"IM-0001-{instance(ED, 1):04d}-icontour-manual.txt", square(300), "bad_contour"),
        (f"IM-0001-{instance(ED, 1):04d}-icontour-manual.txt", "", "bad_contour"),
    ],
)
def test_a_contour_that_cannot_be_drawn_is_named(tmp_path: Path, file: str, text: str, code: str) -> None:
    (patient(tmp_path) / file).write_text(text)
    with pytest.raises(SubjectError, match=file) as caught:
        load("sunnybrook", tmp_path)
    assert caught.value.code == code


def test_a_frame_with_few_contours_is_neither_ed_nor_es(tmp_path: Path) -> None:
    folder = patient(tmp_path)
    for z in (0, 3):  # now ED has four slices, frame 0 has one
        (folder / f"IM-0001-{instance(ED, z):04d}-icontour-manual.txt").write_text(square(4.5))
    (folder / f"IM-0001-{instance(0, 1):04d}-icontour-manual.txt").write_text(square(1.5))
    loaded = load("sunnybrook", tmp_path)
    assert {a.phase: a.frame for a in loaded.views["sax"].annotations} == {"": 0, "ED": ED, "ES": ES}
    assert {finding.code for finding in loaded.findings} == {"several_phases", "partial_epicardium"}


def test_the_patients_at_hand_have_the_volumes_of_their_contours() -> None:
    """Area of each polygon times the distance of the positions, which SliceLocation gets wrong in two of them."""
    adapter = cohort("sunnybrook", real_data("sunnybrook"))
    assert isinstance(adapter, Adapter)
    subjects = adapter.find()
    assert [(subject.id, subject.group) for subject in subjects] == [
        ("SCD0000101", "HF-I"), ("SCD0000201", "HF-I"), ("SCD0000301", "HF-I"),
    ]  # fmt: skip
    originals = ("SC-HF-I-1", "SC-HF-I-2", "SC-HF-I-4")
    for subject, original, frames, step_mm in zip(subjects, originals, (18, 19, 19), (10, 10, 8), strict=True):
        loaded = adapter.load(subject)
        view = loaded.views["sax"]
        z, y, x = view.image.spacing_mm
        assert (loaded.subject.ed_frame, loaded.findings) == (frames, ())
        assert z == pytest.approx(step_mm, rel=1e-4)
        folder = adapter.root / "contourfiles" / original
        polygons = {k: [read_polygon(p) for p in sorted(folder.glob(f"{k}-contours/*.txt"))] for k in "io"}
        volumes = {k: np.array([area(p) for p in polygons[k]]) * x * y * z / 1000 for k in "io"}
        lv = {phase: (view.annotation(phase).labels == 1).sum() * view.image.voxel_volume_ml for phase in ("ED", "ES")}
        muscle = (view.annotation("ED").labels == 2).sum() * view.image.voxel_volume_ml
        assert sum(lv.values()) == pytest.approx(volumes["i"].sum(), rel=0.02)
        assert lv["ED"] + muscle == pytest.approx(volumes["o"].sum(), rel=0.02)
