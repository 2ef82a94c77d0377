"""What a careless or hostile user puts below a root: every subject ends in qc.tsv with a sentence, none as a crash."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset
from scipy.ndimage import gaussian_filter

from cardioprior import atomic
from cardioprior.errors import CardioPriorError
from cardioprior.onboarding import tables
from cardioprior.onboarding.accounts import gather, read_found, read_tsv, write_found
from cardioprior.onboarding.conversion import convert
from cardioprior.onboarding.identity import Identity
from cardioprior.onboarding.ids import LONGEST, file_id, safe_id
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import position_of, write_cine

#: RAS, oblique to nothing that a test looks at
AFFINE = np.diag([-1.5, -1.25, 8.0, 1.0])
PICTURE = 500 + 400 * gaussian_filter(np.random.default_rng(0).normal(size=(40, 48, 6)), (3, 3, 1))
PICTURE = PICTURE.astype(np.float32)


def onboard(adapter: str, root: Path, out: Path) -> dict[str, list[tuple[str, str]]]:
    """Codes and sentences by subject, through every table that is written on the way."""
    opened = cohort(adapter, root)
    write_found(out / "found.tsv", opened.find(), 2)
    manifests = [out / f"shard-{shard}.json" for shard in (0, 1)]
    for shard, path in enumerate(manifests):
        atomic.write_json(path, {"subjects": convert(opened, read_found(out / "found.tsv", shard), out)})
    gather(manifests, out / "subjects.tsv", out / "qc.tsv", strict=False)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in read_tsv(out / "qc.tsv"):
        found.setdefault(row["subject"], []).append((row["code"], row["sentence"]))
    assert set(found) == {row["subject"] for row in read_tsv(out / "subjects.tsv")}
    return found


def manifest(root: Path, *images: str) -> None:
    rows = [f"{name.partition('.')[0]}\t{name}" for name in images]
    (root / "manifest.tsv").write_text("\n".join(["subject\timage", *rows]) + "\n")


# --- names


ODD = (
    *("with space", "Mü ller", "e\u0301", "tab\there", "new\nline", "pipe|d", "quote\"s'", "-dash", "back\\slash"),
    *("x" * 250, "{brace}", "*star", "[1]", "日本語", "<b>", "Abc", "abc", "a.nii", os.fsdecode(b"latin\xfc")),
)


@pytest.mark.filterwarnings("ignore")
def test_folders_may_have_any_name_that_the_system_allows(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    for name in ODD:
        write_cine(root / name, 3, 4, lambda folder, t, z, n: folder / f"{z}-{t}.dcm")
        (root / name / "0-0.dcm").unlink()
    found = onboard("dicom_cine", root, tmp_path / "out")
    assert len(found) == len(ODD)
    assert {code for codes in found.values() for code, _ in codes} == {"missing_frame"}
    for name in ("with space", "Mü ller", "pipe|d", "[1]", "日本語", "Abc", "abc"):
        assert name in found


@pytest.mark.filterwarnings("ignore")
def test_bids_subjects_may_have_any_name_too(tmp_path: Path) -> None:
    for name in ODD:
        path = tmp_path / "raw" / f"sub-{name}"[:200] / f"sub-{name}"[:200]
        path.parent.mkdir(parents=True)
        nibabel.save(nibabel.Nifti1Image(PICTURE, AFFINE), path.with_name(f"{path.name}_cine.nii.gz"))
    found = onboard("bids", tmp_path / "raw", tmp_path / "out")
    assert len(found) == len(ODD)
    assert {code for codes in found.values() for code, _ in codes} == {"same_images"}


def test_an_id_that_is_a_name_for_a_file_stays_and_any_other_is_made_one() -> None:
    for name in ("patient001", "Mü ller", "SC-HF-I-1", "日本語"):
        assert file_id(name) == name
    for name in ("a/b", "tab\there", "x" * 200, os.fsdecode(b"\xff"), " blank", "back\\slash", ""):
        made = file_id(name)
        assert made.isascii() and len(made) <= LONGEST and "/" not in made and safe_id(made) == file_id(made) == made
    assert file_id("a\tb") != file_id("a\nb")


def test_a_pseudonym_may_be_of_any_name(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "private", "mine", tmp_path)
    assert len({identity.pseudonym(name) for name in ODD}) == len(ODD)


# --- files


def as_type(kind: type) -> nibabel.Nifti1Image:
    return nibabel.Nifti1Image(PICTURE.astype(kind), AFFINE, dtype=kind)


def colours() -> nibabel.Nifti1Image:
    picture = np.zeros(PICTURE.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    picture["G"] = PICTURE.clip(0, 255)
    return nibabel.Nifti1Image(picture, AFFINE)


def big_endian() -> nibabel.Nifti1Image:
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    return nibabel.Nifti1Image(PICTURE.astype(np.int16), AFFINE, header)


def header(**fields: object) -> bytes:
    """The bytes of an image with raw fields of its header set."""
    content = bytearray(nibabel.Nifti1Image(PICTURE.astype(np.int16), AFFINE).to_bytes())
    raw = nibabel.Nifti1Header(bytes(content[:348]), check=False)
    for key, value in fields.items():
        raw[key] = value
    return raw.structarr.tobytes() + bytes(content[348:])


SOUND = nibabel.Nifti1Image(PICTURE, AFFINE)
READ = {
    "a frame": SOUND,
    "a cine of one frame": nibabel.Nifti1Image(PICTURE[..., None], AFFINE),
    "two axes of one more": nibabel.Nifti1Image(PICTURE[..., None, None], AFFINE),
    "NIfTI 2": nibabel.Nifti2Image(PICTURE, AFFINE),
    "big endian": big_endian(),
    "float64": as_type(np.float64),
    "int64": as_type(np.int64),
    "uint16": as_type(np.uint16),
    "a slope of zero": header(scl_slope=0, scl_inter=0),
    "a slope that is no number": header(scl_slope=np.nan, scl_inter=np.nan),
    "a slope below zero": header(scl_slope=-2, scl_inter=5),
    "no unit there is": header(xyzt_units=63),
    "no code of an affine": header(sform_code=0, qform_code=0),
    "a name of a compressed file": SOUND.to_bytes(),
}
REFUSED = {
    "complex numbers": (as_type(np.complex64), "not_grey"),
    "colours": (colours(), "not_grey"),
    "a picture": (nibabel.Nifti1Image(PICTURE[:, :, 0], AFFINE), "corrupt_file"),
    "vectors": (nibabel.Nifti1Image(np.stack([PICTURE] * 3, -1)[:, :, :, None], AFFINE), "corrupt_file"),
    "five axes": (nibabel.Nifti1Image(np.stack([PICTURE] * 2, -1)[:, :, :, None], AFFINE), "corrupt_file"),
    "an offset that is no number": (header(scl_slope=1, scl_inter=np.nan), "corrupt_file"),
    "an affine that is no number": (header(srow_x=[np.nan] * 4), "corrupt_file"),
    "a quaternion that is none": (header(quatern_b=3, quatern_c=2, sform_code=0, qform_code=1), "corrupt_file"),
    "values without end": (header(scl_slope=1e37, scl_inter=0), "not_finite"),
    "compressed twice": (gzip.compress(gzip.compress(SOUND.to_bytes())), "corrupt_file"),
    "two files in one": (gzip.compress(SOUND.to_bytes()) + b"junk" * 40, "corrupt_file"),
    "a header without its data": (nibabel.Nifti1Pair(PICTURE, AFFINE).header.binaryblock, "corrupt_file"),
}


def put(path: Path, content: nibabel.Nifti1Image | bytes) -> None:
    content = content if isinstance(content, bytes) else gzip.compress(content.to_bytes(), 1)
    path.write_bytes(content)


@pytest.mark.parametrize("kind", READ)
@pytest.mark.filterwarnings("ignore")
def test_every_sound_kind_of_nifti_file_is_read(kind: str, tmp_path: Path) -> None:
    put(tmp_path / "a.nii.gz", READ[kind])
    manifest(tmp_path, "a.nii.gz")
    assert onboard("manifest", tmp_path, tmp_path / "out") == {"a": [("", "")]}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_every_other_kind_is_refused_in_a_sentence_that_names_it(kind: str, tmp_path: Path) -> None:
    content, code = REFUSED[kind]
    put(tmp_path / "a.nii.gz", content)
    manifest(tmp_path, "a.nii.gz")
    ((found, sentence),) = onboard("manifest", tmp_path, tmp_path / "out")["a"]
    assert found == code and (str(tmp_path / "a.nii.gz") in sentence or "a: sax" in sentence)


@pytest.mark.parametrize("adapter", ["unlabelled", "bids"])
def test_endings_in_capitals_are_not_passed_over(adapter: str, tmp_path: Path) -> None:
    path = tmp_path / "raw" / "sub-1" / "sub-1_cine.NII.GZ"
    path.parent.mkdir(parents=True)
    put(path, nibabel.Nifti1Image(np.stack([PICTURE + 9 * t for t in range(9)], axis=-1), AFFINE))
    assert len(onboard(adapter, tmp_path / "raw", tmp_path / "out")) == 1


def test_axes_askew_are_a_warning(tmp_path: Path) -> None:
    put(tmp_path / "a.nii.gz", header(srow_x=[-1.5, 0.0, 1.0, 0.0], pixdim=[1, 1.5, 1.25, 8.06, 1, 1, 1, 1]))
    manifest(tmp_path, "a.nii.gz")
    ((code, sentence),) = onboard("manifest", tmp_path, tmp_path / "out")["a"]
    assert code == "skewed_axes" and "7.1 degrees off a right angle" in sentence


# --- folders


@pytest.mark.filterwarnings("ignore")
def test_a_folder_that_may_not_be_read_is_a_subject_of_its_own_and_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions do not hold for root, who may run tests: the system's answer is made up."""
    root = tmp_path / "raw"
    write_cine(root / "open", 3, 4)
    (root / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: os.PathLike[str] | str) -> Iterator[os.DirEntry[str]]:
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = onboard("dicom_cine", root, tmp_path / "out")
    ((code, sentence),) = found["closed"]
    assert code == "no_access" and sentence.startswith(f"{root}/closed: cannot be read (Permission denied); wanted")
    assert set(found) == {"closed", "open"}


@pytest.mark.filterwarnings("ignore")
def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    write_cine(root / "a", 3, 4)
    (root / "a" / "up").symlink_to("..")
    (root / "itself").symlink_to("itself")
    assert set(onboard("dicom_cine", root, tmp_path / "out")) == {"a"}


@pytest.mark.filterwarnings("ignore")
def test_a_subject_under_two_names_is_told_of_under_both(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    write_cine(root / "a", 3, 4)
    write_cine(root / "c", 3, 5)
    (root / "b").symlink_to("a")
    found = onboard("dicom_cine", root, tmp_path / "out")
    said = {name: [sentence for code, sentence in codes if code == "same_images"] for name, codes in found.items()}
    assert said == {
        "a": ["a: has the same image as b; wanted a subject once"],
        "b": ["b: has the same image as a; wanted a subject once"],
        "c": [],
    }
    rows = {row["subject"]: row["status"] for row in read_tsv(tmp_path / "out" / "subjects.tsv")}
    assert (rows["a"], rows["b"]) == ("warning", "warning")


# --- tables and headers


def test_csv_files_of_something_else_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("External code;ED\nX1;3\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1,2,3,4\n")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "long.csv").write_text("a\n" + "x" * 200_000)
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    assert tables.read_below(tmp_path, "external_code") == [{"external_code": "X1", "ed": "3"}]


def test_a_table_with_a_cell_without_end_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("a\n" + "x" * 200_000)
    with pytest.raises(CardioPriorError, match=r"long\.csv: is no table \(field larger than field limit"):
        tables.read_rows(tmp_path / "long.csv")


@pytest.mark.filterwarnings("ignore")
def test_a_broken_table_beside_the_labels_costs_its_subject_alone(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    for name in ("1", "2"):
        folder = root / f"sub-{name}"
        folder.mkdir(parents=True)
        put(folder / f"sub-{name}_cine.nii.gz", nibabel.Nifti1Image(PICTURE + int(name), AFFINE))
        put(folder / f"sub-{name}_dseg.nii.gz", nibabel.Nifti1Image(np.zeros(PICTURE.shape, np.uint8), AFFINE))
        (folder / f"sub-{name}_dseg.tsv").write_text("index\tname\n1\tLV\n")
    (root / "sub-1" / "sub-1_dseg.tsv").write_text("value\tname\n1\tLV\n")
    found = onboard("bids", root, tmp_path / "out")
    ((code, sentence),) = found["1"]
    assert code == "bad_table" and sentence.endswith("sub-1_dseg.tsv: columns value, name lack index")
    assert "bad_table" not in [code for code, _ in found["2"]]


@pytest.mark.filterwarnings("ignore")
def test_files_of_two_patients_in_one_folder_are_a_warning_that_names_neither(tmp_path: Path) -> None:
    root = tmp_path / "raw"

    def of_another(image: Dataset, t: int, z: int) -> Dataset:
        image.PatientID, image.StudyInstanceUID = "Zanzibar", "1.2.77"
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.ImagePositionPatient = [0, 0, 9 * z]
        return image

    write_cine(root / "a", 3, 5, lambda folder, t, z, n: folder / f"{z}-{t}")
    write_cine(root / "a", 3, 4, lambda folder, t, z, n: folder / f"other{z}-{t}", of_another)
    said = dict(onboard("dicom_cine", root, tmp_path / "out")["a"])["several_studies"]
    assert said == (
        f"{root}/a: its files are of 2 studies and 2 patient(s) by their headers; took the largest short-axis stack, "
        "wanted one study a subject"
    )


@pytest.mark.filterwarnings("ignore")
def test_pixels_that_are_numbers_of_colours_are_no_picture(tmp_path: Path) -> None:
    def palette(image: Dataset, t: int, z: int) -> Dataset:
        image.PhotometricInterpretation = "PALETTE COLOR"
        return image

    write_cine(tmp_path / "raw" / "a", 3, 4, change=palette)
    ((code, sentence),) = onboard("dicom_cine", tmp_path / "raw", tmp_path / "out")["a"]
    assert code == "no_short_axis" and "12 DICOM without a grey image in a known plane" in sentence


@pytest.mark.filterwarnings("ignore")
def test_two_acquisitions_half_way_between_one_another_are_a_warning(tmp_path: Path) -> None:
    """Slices of 8 mm every 9 mm, and the same once more 4.5 mm further along."""

    def half_way(image: Dataset, t: int, z: int) -> Dataset:
        image.SliceThickness = 8
        image.ImagePositionPatient = [f"{mm:.6f}" for mm in position_of(z / 2)]
        return image

    write_cine(tmp_path / "raw" / "a", 3, 8, change=half_way)
    found = dict(onboard("dicom_cine", tmp_path / "raw", tmp_path / "out")["a"])
    assert "slices of 8 mm lie 4.50 mm apart: two acquisitions" in found["overlapping_slices"]
