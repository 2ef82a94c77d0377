"""Phantom patients, measured by a method that knows the truth: what is written is what was labelled."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest

from cardioprior import atomic, digest
from cardioprior.cohorts import phantom
from cardioprior.cohorts.contract import CohortSettings
from cardioprior.cohorts.unlabelled import Adapter
from cardioprior.imaging.labels import LV
from cardioprior.imaging.nifti import read_volume, write_volume
from cardioprior.onboarding.conversion import convert
from cardioprior.onboarding.identity import Identity
from cardioprior.stages import apply
from cardioprior.stages.apply import Recipe
from cardioprior.store import Record

FRAMES, ED = 8, 0
RECIPE = Recipe("truth", {}, "patients", phantom=False, device="cpu")


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A phantom's DICOM files with no contours beside them, and its labels (t, z, y, x)."""
    root = tmp_path_factory.mktemp("scanner")
    sax = {"slices": (5, 5), "beyond": (0, 0), "pixel_mm": (2.7, 2.7), "matrix": 64}
    settings = phantom.Settings(
        adapter="phantom",
        groups=("NOR",),
        subjects_per_group=1,
        frames=(FRAMES, FRAMES),
        phases="all",
        files="dicom",
        views={"sax": {**sax, "thickness_mm": 7.0, "gap_mm": 12.0, "breathing_mm": 0.0}},
    )
    phantom.Adapter(settings, root, "small", 0).generate("NOR-001")
    truth = read_volume(root / "NOR-001" / "truth.nii.gz").data
    (root / "NOR-001" / "truth.nii.gz").unlink()
    for path in root.rglob("*.IMA"):
        image = pydicom.dcmread(path)
        for tag in [element.tag for element in image if element.tag.group >> 8 == 0x60]:
            del image[tag]
        image.save_as(path)
    es = int((truth == LV).sum(axis=(1, 2, 3)).argmin())
    return SimpleNamespace(root=root, truth=truth, es=es)


@pytest.fixture
def knowing(patient: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The method is one that knows the truth."""

    class Method:
        title = "Truth"

        def predict(self, records: list[Record], models: Any, device: Any) -> list[Record]:
            labels = {"labels_ED": patient.truth[ED], "labels_ES": patient.truth[patient.es]}
            return [Record(record.subject, {"phases": np.array([patient.es, ED]), **labels}) for record in records]

    monkeypatch.setattr(apply.registry, "entry", lambda kind, name: Method)


def applied(
    root: Path, folder: Path, recipe: Recipe = RECIPE, identity: Identity | None = None
) -> list[dict[str, Any]]:
    """The records of all studies below a folder, their files in `folder`/studies."""
    cohort = Adapter(CohortSettings(adapter="unlabelled", root=root), root, "new", 0)
    subjects = identity.hide(cohort.find()) if identity else cohort.find()
    manifest = folder / "nifti" / "shard-0.json"
    manifest.parent.mkdir(parents=True)
    atomic.write_json(manifest, {"subjects": convert(cohort, subjects, manifest.parent, identity)})
    return apply.run(recipe, cohort, subjects, manifest, folder / "studies", identity)


@pytest.mark.usefixtures("knowing")
def test_a_patient_is_measured_as_the_truth_says(patient, tmp_path: Path) -> None:
    (record,) = applied(patient.root, tmp_path)
    row = record["row"]
    ml = 2.7 * 2.7 * 19 / 1000
    edv, esv = ((patient.truth[frame] == LV).sum() * ml for frame in (ED, patient.es))
    assert record["status"] == "ok" and record["findings"] == [] and row["warnings"] == ""
    assert (row["ed_frame"], row["es_frame"], row["ed_time_ms"]) == (ED, patient.es, 0)
    assert 200 < row["es_time_ms"] < 600
    assert row["lv_edv_ml"] == pytest.approx(edv, rel=1e-3)
    assert row["lv_ef_percent"] == pytest.approx(100 * (edv - esv) / edv, rel=1e-3)
    assert row["lv_edv_ml_per_m2"] == pytest.approx(edv / np.sqrt(row["height_cm"] * row["weight_kg"] / 3600), rel=1e-3)
    assert (row["method"], row["trained_on"]) == ("Truth", "patients")
    assert row["source"] == "."
    assert row["study_instance_uid"] == pydicom.dcmread(next(patient.root.rglob("*.IMA"))).StudyInstanceUID


@pytest.mark.usefixtures("knowing")
def test_labels_lie_on_the_source_images_in_nifti_and_in_dicom(patient, tmp_path: Path) -> None:
    (record,) = applied(patient.root, tmp_path)
    folder = tmp_path / "studies" / record["subject"]
    truths = {"ED": patient.truth[ED], "ES": patient.truth[patient.es]}
    for phase, truth in truths.items():
        labels = read_volume(folder / f"{phase}_labels.nii.gz")
        assert np.array_equal(labels.data[0], truth)
        images = [
            pydicom.dcmread(p) for p in patient.root.rglob(f"*-{record['row'][phase.lower() + '_frame'] + 1:04d}.IMA")
        ]
        found = highdicom.seg.segread(folder / f"{phase}_seg.dcm").get_pixels_by_source_instance(
            [image.SOPInstanceUID for image in images], combine_segments=True, assert_missing_frames_are_empty=True
        )
        for image, mask in zip(images, found, strict=True):
            x, y, z, _ = np.linalg.inv(labels.affine) @ [*map(float, image.ImagePositionPatient), 1]
            assert abs(x) < 0.01 and abs(y) < 0.01
            assert np.array_equal(mask, truth[round(z)])


@pytest.mark.usefixtures("knowing")
def test_every_file_of_a_study_is_in_the_manifest_with_its_checksum(patient, tmp_path: Path) -> None:
    (record,) = applied(patient.root, tmp_path)
    folder = tmp_path / "studies"
    there = {str(path.relative_to(folder)): digest.file_sha256(path) for path in folder.rglob("*") if path.is_file()}
    assert record["files"] == there
    names = ["ED_labels.nii.gz", "ED_seg.dcm", "ES_labels.nii.gz", "ES_seg.dcm", "overlay.png"]
    assert sorted(Path(name).name for name in there) == names


@pytest.mark.usefixtures("knowing")
def test_a_nifti_study_has_labels_and_a_picture_and_no_dicom_object(patient, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    cohort = Adapter(CohortSettings(adapter="unlabelled", root=patient.root), patient.root, "new", 0)
    image = cohort.load(cohort.find()[0]).views["sax"].image
    write_volume(tmp_path / "in" / "p1.nii.gz", image)
    (record,) = applied(tmp_path / "in", tmp_path)
    assert sorted(record["files"]) == ["p1/ED_labels.nii.gz", "p1/ES_labels.nii.gz", "p1/overlay.png"]
    labels, source = (
        nibabel.load(path) for path in (tmp_path / "studies/p1/ED_labels.nii.gz", tmp_path / "in/p1.nii.gz")
    )
    assert np.allclose(labels.affine, source.affine) and labels.shape == source.shape[:3]
    assert record["row"]["ed_time_ms"] is None and record["row"]["bsa_m2"] is None


@pytest.mark.usefixtures("knowing")
def test_models_that_learnt_from_a_phantom_alone_are_a_warning(patient, tmp_path: Path) -> None:
    (record,) = applied(patient.root, tmp_path, Recipe("truth", {}, "made_up", phantom=True, device="cpu"))
    assert (record["status"], [finding["code"] for finding in record["findings"]]) == ("warning", ["phantom_models"])
    assert "learnt from the phantom made_up alone" in record["row"]["warnings"]


@pytest.mark.usefixtures("knowing")
def test_a_study_whose_files_are_mixed_with_anothers_is_told_by_their_folder_and_number(
    patient, tmp_path: Path
) -> None:
    shutil.copytree(patient.root / "NOR-001", tmp_path / "in" / "mixed")
    image = pydicom.dcmread(next(patient.root.rglob("*.IMA")))
    image.PatientID = "other"
    for series in (tmp_path / "in" / "mixed").iterdir():
        if series.is_dir():
            image.save_as(series / "other.dcm")
    measured = [record["row"] for record in applied(tmp_path / "in", tmp_path) if record["row"]]
    assert [row["source"] for row in measured] == [f"mixed ({5 * FRAMES} files or folders)"]


@pytest.mark.usefixtures("knowing")
def test_with_a_private_folder_nothing_that_is_written_names_a_study_or_its_files(
    patient, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "WardSeven", tmp_path / "out"
    shutil.copytree(patient.root / "NOR-001", root / "Smith_Anna")
    shutil.copytree(patient.root / "NOR-001", root / "Jones_Bert")
    for path in (root / "Jones_Bert").rglob("*.IMA"):
        image = pydicom.dcmread(path)
        image.PatientID = "MRN8836612"
        image.save_as(path)
    next((root / "Jones_Bert").rglob("*.IMA")).unlink()
    write_volume(root / "Ford_Carl.nii.gz", read_volume(one_study(patient, tmp_path)))
    identity = Identity(tmp_path / "private", "new", root)
    records = applied(root, out, RECIPE, identity)
    assert sorted(record["status"] for record in records) == ["excluded", "ok", "ok"]
    assert all(
        not record["row"]["source"] and not record["row"]["study_instance_uid"] for record in records if record["row"]
    )
    captured = capfd.readouterr()
    texts = {"log": captured.out + captured.err, "records": repr(records)}
    for path in out.rglob("*"):
        texts[str(path.relative_to(out))] = path.name
        if path.is_file():
            content = path.read_bytes()
            texts[f"in {path.name}"] = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("latin-1")
    words = ("smith", "anna", "jones", "bert", "ford", "carl", "wardseven", "mrn8836612")
    assert [(name, word) for name, text in texts.items() for word in words if word in text.lower()] == []
    segmentations = [pydicom.dcmread(path) for path in out.rglob("*_seg.dcm")]
    assert {found.PatientID for found in segmentations} == {identity.pseudonym("Smith_Anna")}


def one_study(patient: SimpleNamespace, folder: Path) -> Path:
    """The cine as a NIfTI file."""
    cohort = Adapter(CohortSettings(adapter="unlabelled", root=patient.root), patient.root, "new", 0)
    write_volume(folder / "cine.nii.gz", cohort.load(cohort.find()[0]).views["sax"].image)
    return folder / "cine.nii.gz"


@pytest.mark.usefixtures("knowing")
def test_a_study_that_is_no_cine_is_refused_and_the_others_are_measured(patient, tmp_path: Path) -> None:
    shutil.copytree(patient.root / "NOR-001", tmp_path / "in" / "heart")
    first = next(patient.root.rglob("*.IMA"))
    image = pydicom.dcmread(first)
    image.PatientID, image.BodyPartExamined = "other", "BRAIN"
    (tmp_path / "in" / "head").mkdir()
    image.save_as(tmp_path / "in" / "head" / "1.dcm")
    head, heart = applied(tmp_path / "in", tmp_path)
    assert (head["subject"], head["status"], head["row"], head["files"]) == ("head", "excluded", None, {})
    assert [finding["code"] for finding in head["findings"]] == ["other_body_part"]
    assert heart["status"] == "ok"


@pytest.mark.usefixtures("knowing")
def test_a_header_that_cannot_be_referred_to_costs_the_dicom_object_alone(patient, tmp_path: Path, monkeypatch) -> None:
    from cardioprior.imaging import dicom_seg

    def refuse(*arguments: object) -> None:
        raise ValueError("no such study")

    monkeypatch.setattr(dicom_seg, "write_segmentation", refuse)
    (record,) = applied(patient.root, tmp_path)
    assert record["row"]["lv_ef_percent"] > 0 and len(record["files"]) == 3
    (finding,) = record["findings"]
    assert (
        finding["code"] == "no_seg" and "no DICOM SEG could be made (ValueError: no such study)" in finding["sentence"]
    )


def test_a_method_that_fails_on_a_study_loses_that_study_alone(patient, tmp_path: Path, monkeypatch) -> None:
    class Method:
        title = "Broken"

        def predict(self, *arguments: object) -> None:
            raise RuntimeError("out of luck")

    monkeypatch.setattr(apply.registry, "entry", lambda kind, name: Method)
    (record,) = applied(patient.root, tmp_path)
    assert record["status"] == "excluded" and record["row"] is None
    assert (
        record["findings"][0]["code"] == "failed" and "RuntimeError: out of luck" in record["findings"][0]["sentence"]
    )
