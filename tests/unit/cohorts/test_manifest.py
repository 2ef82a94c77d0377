"""A table that names files is a data set: cines and single frames, label maps of any values, and what can be wrong."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cardioprior.errors import CardioPriorError, SubjectError
from tests.unit.cohorts.nifti_world import AFFINE, REVERSED, cine, cohort, heart, labelled, load, picture, save
from tests.unit.imaging.dicom_world import write_cine


def manifest(root: Path, *rows: str, columns: str = "subject image label labels frame phase group") -> Path:
    """Cells are separated by blanks here; `.` is an empty cell and `;` a blank in one."""
    lines = ["\t".join(columns.split())]
    lines += ["\t".join(cell.replace(".", "", cell == ".").replace(";", " ") for cell in row.split()) for row in rows]
    path = root / "manifest.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def view_of(root: Path, role: str = "sax"):
    return load("manifest", root).views[role]


def fault(root: Path) -> SubjectError:
    with pytest.raises(SubjectError) as caught:
        load("manifest", root)
    return caught.value


def test_single_frames_become_one_view_in_the_order_of_the_cycle(tmp_path: Path) -> None:
    for frame, half in ((0, 2), (9, 1)):
        save(tmp_path / f"{frame}.nii.gz", picture(frame))
        save(tmp_path / f"{frame}_gt.nii.gz", heart(REVERSED, half))
    manifest(
        tmp_path,
        "a 9.nii.gz 9_gt.nii.gz LV=3;MYO=2;RV=1 9 ES DCM",
        "a 0.nii.gz 0_gt.nii.gz LV=3;MYO=2;RV=1 0 ED .",
        columns="subject image label labels frame phase group",
    )
    loaded = load("manifest", tmp_path)
    view = loaded.views["sax"]
    assert (loaded.subject.group, loaded.subject.ed_frame, loaded.subject.es_frame) == ("DCM", 0, 9)
    assert (view.frame_numbers, view.cycle_length, view.phases_from) == ((0, 9), 10, "metadata")
    np.testing.assert_array_equal(view.image.data, np.stack([picture(0), picture(9)]))
    for phase, half in (("ED", 2), ("ES", 1)):
        np.testing.assert_array_equal(view.annotation(phase).labels, heart(lv_half=half))


def test_labels_of_a_cine_lie_in_the_frames_that_the_rows_name(tmp_path: Path) -> None:
    save(tmp_path / "cine.nii.gz", cine(5))
    save(tmp_path / "gt.nii.gz", heart())
    manifest(tmp_path, "a cine.nii.gz gt.nii.gz . 3 ED .")
    view = view_of(tmp_path)
    assert [(a.frame, a.phase, a.structures) for a in view.annotations] == [(3, "ED", ("LV", "MYO", "RV"))]
    assert view.image.spacing_mm == pytest.approx((8, 1.25, 1.5))


def test_labels_of_all_frames_are_those_of_the_frames_drawn_and_their_volumes_name_ed_and_es(tmp_path: Path) -> None:
    save(tmp_path / "cine.nii.gz", cine(6))
    save(tmp_path / "gt.nii.gz", labelled(6, ed=5, es=2))
    manifest(tmp_path, "a cine.nii.gz gt.nii.gz . . . .")
    view = view_of(tmp_path)
    assert {a.phase: a.frame for a in view.annotations} == {"ED": 5, "ES": 2}
    assert view.phases_from == "volume"


def test_a_structure_without_a_value_was_not_annotated(tmp_path: Path) -> None:
    save(tmp_path / "a.nii.gz", picture())
    label = heart()
    label[label == 2] = 0
    save(tmp_path / "gt.nii.gz", label)
    manifest(tmp_path, "a a.nii.gz gt.nii.gz LV=1;RV=3 0 ES .")
    assert view_of(tmp_path).annotation("ES").structures == ("LV", "RV")


def test_a_folder_of_dicom_files_is_an_image_too(tmp_path: Path) -> None:
    write_cine(tmp_path / "scan")
    manifest(tmp_path, "a scan", columns="subject image")
    view = view_of(tmp_path)
    assert (view.image.data.shape, view.frame_times_ms) == ((3, 4, 6, 8), (0, 41.5, 83))


def test_views_of_several_roles_belong_to_one_subject(tmp_path: Path) -> None:
    save(tmp_path / "s.nii.gz", cine(2))
    save(tmp_path / "l.nii.gz", picture()[:1])
    manifest(tmp_path, "a s.nii.gz sax", "a l.nii.gz la4ch", columns="subject image role")
    assert {role: view.image.data.shape[1] for role, view in load("manifest", tmp_path).views.items()} == {
        "sax": 4, "la4ch": 1,
    }  # fmt: skip


def test_what_the_table_says_of_a_person_is_read_with_its_units(tmp_path: Path) -> None:
    save(tmp_path / "a.nii.gz", picture())
    manifest(
        tmp_path,
        "a a.nii.gz female 1,71 70.5 120 48.5",
        columns="subject image sex height_cm weight_kg edv_ml esv_ml",
    )
    (subject,) = cohort("manifest", tmp_path).find()
    assert (subject.sex, subject.height_cm, subject.weight_kg) == ("F", 171, 70.5)
    assert (subject.edv_ml, subject.esv_ml) == (120, 48.5)


def test_a_subjects_name_cannot_lead_out_of_the_folder_and_two_stay_two(tmp_path: Path) -> None:
    manifest(tmp_path, "../x 1.nii.gz", "x 2.nii.gz", "a/x 3.nii.gz", columns="subject image")
    names = [subject.id for subject in cohort("manifest", tmp_path).find()]
    assert len(set(names)) == 3 and "x" in names
    assert not any("/" in name or name.startswith(".") for name in names)


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ("a none.nii.gz . . 0 ED .", "missing_file", "none.nii.gz: there is no such file"),
        ("a . . . 0 ED .", "no_image", "has a row without an image"),
        (
            "a c.nii.gz gt.nii.gz . 9 ED .",
            "frame_number",
            "frame 9 for gt.nii.gz; wanted the frame of its image, 0 to 4",
        ),
        ("a c.nii.gz gt.nii.gz . . ED .", "frame_number", "no frame for gt.nii.gz"),
        ("a c.nii.gz gt.nii.gz . x ED .", "manifest", "found frame 'x'; wanted a number from 0"),
        ("a c.nii.gz gt.nii.gz . 1 PEAK .", "manifest", "found phase 'PEAK'; wanted ED, ES or nothing"),
        ("a c.nii.gz gt.nii.gz LV=1;MYO=1 1 ED .", "manifest", "found labels 'LV=1 MYO=1'"),
        ("a c.nii.gz gt.nii.gz left=1 1 ED .", "manifest", "found labels 'left=1'"),
        ("a c.nii.gz gt.nii.gz LV=1;MYO=2 1 ED .", "unknown_label", "holds label values [3]"),
        ("a c.nii.gz small.nii.gz . 1 ED .", "label_grid", "label (3, 12, 14) is not on the image grid (4, 12, 14)"),
        ("a c.nii.gz moved.nii.gz . 1 ED .", "label_grid", "the label's first voxel or directions are not the image's"),
        ("a c.nii.gz turned.nii.gz . 1 ED .", "label_grid", "the label's first voxel or directions are not the image"),
    ],
)
def test_a_fault_of_a_row_is_a_fault_of_its_subject(tmp_path: Path, row: str, code: str, said: str) -> None:
    save(tmp_path / "c.nii.gz", cine(5))
    save(tmp_path / "gt.nii.gz", heart())
    save(tmp_path / "small.nii.gz", heart()[:3])
    moved = AFFINE.copy()
    moved[0, 3] += 3
    save(tmp_path / "moved.nii.gz", heart(), moved)
    save(tmp_path / "turned.nii.gz", heart(), AFFINE * [-1, 1, 1, 1])
    manifest(tmp_path, row)
    error = fault(tmp_path)
    assert error.code == code and said in error.sentence
    assert str(tmp_path) in error.sentence


def test_images_and_labels_that_contradict_one_another_are_named(tmp_path: Path) -> None:
    save(tmp_path / "c.nii.gz", cine(5))
    save(tmp_path / "gt.nii.gz", heart())
    save(tmp_path / "one.nii.gz", picture())
    manifest(tmp_path, "a c.nii.gz gt.nii.gz . 1 ED .", "a c.nii.gz gt.nii.gz . 1 ES .")
    assert fault(tmp_path).code == "repeated_label"
    manifest(tmp_path, "a c.nii.gz . . . . .", "a one.nii.gz . . . . .")
    assert fault(tmp_path).code == "several_images"
    save(tmp_path / "two.nii.gz", picture(), AFFINE * 1.1)
    manifest(tmp_path, "a two.nii.gz . . 1 . .", "a one.nii.gz . . 1 . .")
    assert fault(tmp_path).code == "repeated_frame"
    manifest(tmp_path, "a two.nii.gz . . 1 . .", "a one.nii.gz . . 2 . .")
    assert fault(tmp_path).code == "frame_grid"
    manifest(tmp_path, "a one.nii.gz up", columns="subject image role")
    assert "found role 'up'; wanted one of sax, hr" in fault(tmp_path).sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file; wanted a table of subject, image"),
        ("", "is empty; wanted a table"),
        ("subject\tpicture\n", "columns subject, picture lack image"),
        ("subject\timage\tgruop\na\tb\tc\n", "has columns gruop; wanted"),
        ("subject\timage\na\tb\tc\n", "row 2: has 3 cells; wanted 2"),
        ("subject\timage\n", "names no subject; wanted"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error_that_says_what_was_wanted(
    tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / "manifest.tsv").write_text(text)
    with pytest.raises(CardioPriorError, match=said):
        cohort("manifest", tmp_path).find()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_table_is_read_in_the_encodings_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "manifest.tsv").write_text("Subject\timage\tgroup\r\nä\tx.nii\tü\r\n", encoding=encoding)
    (subject,) = cohort("manifest", tmp_path).find()
    assert (subject.group, subject.sources) == ("ü", ("x.nii",))


def packed(root: Path, name: str, folder: Path) -> None:
    """A zip or tar archive of what lies below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if name.endswith(".zip"):
        with zipfile.ZipFile(root / name, "w") as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
    else:
        with tarfile.open(root / name, "w:gz") as archive:
            for path in files:
                archive.add(path, path.relative_to(folder))
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_images_and_labels_may_lie_in_an_archive(name: str, tmp_path: Path) -> None:
    save(tmp_path / "in" / "p01" / "cine.nii.gz", cine(4))
    save(tmp_path / "in" / "gt.nii.gz", labelled(4, ed=3, es=1))
    packed(tmp_path, name, tmp_path / "in")
    manifest(tmp_path, f"a {name}/p01/cine.nii.gz {name}/gt.nii.gz . . . .")
    view = view_of(tmp_path)
    np.testing.assert_array_equal(view.image.data, cine(4))
    assert {a.phase: a.frame for a in view.annotations} == {"ED": 3, "ES": 1}


def test_an_archive_of_dicom_files_is_a_folder_and_is_named_in_findings(tmp_path: Path) -> None:
    write_cine(tmp_path / "in" / "x", 3, 4)
    (tmp_path / "in" / "x" / "notes.dcm").write_text("no image")
    packed(tmp_path, "a.zip", tmp_path / "in")
    manifest(tmp_path, "a a.zip . . . . .", "b a.zip/x . . . . .")
    for subject, place in (("a", "a.zip"), ("b", "a.zip/x")):
        loaded = load("manifest", tmp_path, subject)
        assert loaded.views["sax"].image.data.shape == (3, 4, 6, 8)
        (finding,) = loaded.findings
        assert f"{tmp_path / place}: 1 file(s) named as DICOM" in finding.sentence
        assert f"{tmp_path}/a.zip/x/notes.dcm" in finding.sentence


def test_a_file_that_an_archive_lacks_is_named_by_its_path_into_it(tmp_path: Path) -> None:
    save(tmp_path / "in" / "cine.nii.gz", cine(4))
    packed(tmp_path, "a.zip", tmp_path / "in")
    manifest(tmp_path, "a a.zip/other.nii.gz . . . . .")
    error = fault(tmp_path)
    assert error.code == "missing_file" and str(tmp_path / "a.zip" / "other.nii.gz") in error.sentence
