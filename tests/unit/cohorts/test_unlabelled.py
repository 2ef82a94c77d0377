"""Studies that nobody has labelled: found in any layout, refused with a sentence where they are no short-axis cine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cardioprior.cohorts.contract import CohortSettings, Subject
from cardioprior.cohorts.unlabelled import Adapter
from cardioprior.errors import CardioPriorError, SubjectError
from tests.unit.imaging.dicom_world import REAL_DATA, dataset, pixels_of, position_of, real_data, write, write_cine

FRAMES = 8


def cohort(root: Path) -> Adapter:
    return Adapter(CohortSettings(adapter="unlabelled", root=root), root, "new", 0)


def of(patient: str, study: str = "1.2.3", **tags: object) -> Callable[[Dataset, int, int], Dataset]:
    """Changes an image of the world to one of a patient and study."""

    def change(image: Dataset, t: int, z: int) -> Dataset:
        image.PatientID, image.StudyInstanceUID = patient, study
        for name, value in tags.items():
            setattr(image, name, value)
        return image

    return change


def refused(root: Path, number: int = 0) -> SubjectError:
    """Why a study that was found is not loaded."""
    with pytest.raises(SubjectError) as caught:
        cohort(root).load(cohort(root).find()[number])
    return caught.value


def write_nifti(
    path: Path, shape_xyzt: tuple[int, ...] = (8, 6, 4, FRAMES), step_mm: float = 9.0
) -> nibabel.Nifti1Image:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.arange(np.prod(shape_xyzt)).reshape(shape_xyzt).astype(np.int16)
    image = nibabel.Nifti1Image(data, np.diag([1.5, 1.5, step_mm, 1]))
    nibabel.save(image, path)
    return image


# --- finding


def test_a_study_with_a_folder_of_its_own_is_named_after_it(tmp_path: Path) -> None:
    write_cine(tmp_path / "ward 3" / "a", FRAMES, change=of("a"))
    write_cine(tmp_path / "b" / "deep" / "er", FRAMES, change=of("b"))
    assert [(s.id, s.sources) for s in cohort(tmp_path).find()] == [("b", ("b",)), ("ward_3", ("ward 3",))]


def test_a_study_alone_below_the_root_is_named_after_the_root(tmp_path: Path) -> None:
    write_cine(tmp_path / "x", FRAMES)
    (subject,) = cohort(tmp_path / "x").find()
    assert (subject.id, subject.sources) == ("x", (".",))


def test_two_patients_in_one_folder_are_two_studies_of_their_own_files(tmp_path: Path) -> None:
    for patient in ("a", "b"):
        write_cine(tmp_path, FRAMES, name=lambda root, t, z, n, p=patient: root / f"{p}{t}-{z}", change=of(patient))
    one, other = cohort(tmp_path).find()
    assert {source[0] for source in one.sources} | {source[0] for source in other.sources} == {"a", "b"}
    for subject in (one, other):
        assert len(subject.sources) == 4 * FRAMES and len({source[0] for source in subject.sources}) == 1
        assert subject.id.startswith("study-")
        assert cohort(tmp_path).load(subject).views["sax"].image.data.shape == (FRAMES, 4, 6, 8)


def test_one_patients_files_in_several_folders_are_one_study(tmp_path: Path) -> None:
    written = write_cine(tmp_path / "a1", FRAMES, change=of("a"))
    (tmp_path / "a2").mkdir()
    for path in written[: len(written) // 2]:
        path.rename(tmp_path / "a2" / path.name)
    write_cine(tmp_path / "b", FRAMES, change=of("b"))
    split = next(s for s in cohort(tmp_path).find() if s.id != "b")
    assert split.sources == ("a1", "a2")
    assert cohort(tmp_path).load(split).views["sax"].cycle_length == FRAMES


def test_patients_to_whom_an_anonymiser_gave_one_study_stay_apart(tmp_path: Path) -> None:
    for patient in ("a", "b"):
        write_cine(tmp_path / patient, FRAMES, change=of(patient, study="1.2.3"))
    assert [subject.id for subject in cohort(tmp_path).find()] == ["a", "b"]


def test_height_weight_and_sex_come_from_the_header_in_cm_and_kg(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", FRAMES, change=of("a", PatientSize="1.8", PatientWeight="80", PatientSex="M"))
    (subject,) = cohort(tmp_path).find()
    assert (subject.height_cm, subject.weight_kg, subject.sex) == (180, 80, "M")


def test_a_height_that_was_typed_in_cm_is_unknown_and_said_to_be(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", FRAMES, change=of("a", PatientSize="180", PatientWeight="80"))
    (subject,) = cohort(tmp_path).find()
    assert (subject.height_cm, subject.weight_kg) == (None, 80)
    (finding,) = cohort(tmp_path).load(subject).findings
    assert finding.code == "body_size" and "PatientSize 180 cannot be; wanted m and kg" in finding.sentence


def test_every_nifti_file_is_a_study_and_hidden_files_are_none(tmp_path: Path) -> None:
    write_nifti(tmp_path / "p1" / "sax.nii.gz")
    write_nifti(tmp_path / "p2" / "sax.nii")
    write_nifti(tmp_path / ".cache" / "sax.nii")
    (tmp_path / "notes.txt").touch()
    assert [subject.id for subject in cohort(tmp_path).find()] == ["p1_sax", "p2_sax"]


def test_studies_whose_names_become_one_are_told_apart(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a b.nii")
    write_nifti(tmp_path / "a_b.nii")
    ids = [subject.id for subject in cohort(tmp_path).find()]
    assert len(set(ids)) == 2 and all(name.startswith("a_b-") for name in ids)


def test_a_dicom_file_that_cannot_be_parsed_is_not_lost_in_silence(tmp_path: Path) -> None:
    for patient in ("a", "b"):
        write_cine(tmp_path / patient, FRAMES, change=of(patient))
    (tmp_path / "broken").write_bytes(bytes(128) + b"DICM" + b"\x02\x00\x00\x00UL\x04")
    broken = next(s for s in cohort(tmp_path).find() if s.id not in ("a", "b"))
    with pytest.raises(SubjectError, match="broken"):
        cohort(tmp_path).load(broken)


def test_a_folder_without_images_says_what_was_wanted(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(CardioPriorError, match="found no DICOM and no NIfTI file; wanted short-axis cines"):
        cohort(tmp_path).find()


# --- refusing


def test_images_of_a_brain_are_refused_with_their_body_part(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", FRAMES, change=of("a", BodyPartExamined="BRAIN"))
    error = refused(tmp_path)
    assert error.code == "other_body_part"
    assert "its images are of BodyPartExamined BRAIN; wanted a short-axis cine: 3 or more parallel" in error.sentence


def test_a_localiser_of_three_single_images_is_refused(tmp_path: Path) -> None:
    planes = ((1, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0, -1), (0, 1, 0, 0, 0, -1))
    for number, plane in enumerate(planes):
        image = dataset(pixels_of(0, 0), position_of(0), ImageOrientationPatient=list(plane), InstanceNumber=number)
        write(tmp_path / "scout" / str(number), image)
    error = refused(tmp_path)
    assert error.code == "no_short_axis_cine"
    assert "found 3 single-frame images (stacks, slices x frames: 1 x 1, 1 x 1, 1 x 1); wanted" in error.sentence


@pytest.mark.parametrize(("frames", "slices"), [(1, 10), (7, 10), (25, 1), (25, 2)])
def test_too_few_frames_or_slices_are_refused(tmp_path: Path, frames: int, slices: int) -> None:
    name = lambda root, t, z, n: root / f"{t}-{z}"  # noqa: E731
    write_cine(tmp_path / "a", frames, slices, name=name)
    error = refused(tmp_path)
    assert error.code == "no_short_axis_cine" and f"slices x frames: {slices} x {frames}" in error.sentence


def test_a_stack_along_the_bodys_axes_is_refused(tmp_path: Path) -> None:
    def upright(image: Dataset, t: int, z: int) -> Dataset:
        image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 9 * z]
        return image

    write_cine(tmp_path / "a", FRAMES, change=upright)
    error = refused(tmp_path)
    assert error.code == "not_oblique" and "its stack of 4 slices x 8 frames is transverse; wanted" in error.sentence


def test_frames_of_many_seconds_are_no_heartbeat(tmp_path: Path) -> None:
    def slow(image: Dataset, t: int, z: int) -> Dataset:
        image.TriggerTime = str(2000 * t)
        return image

    write_cine(tmp_path / "a", FRAMES, change=slow)
    error = refused(tmp_path)
    assert error.code == "not_one_heartbeat" and "its 8 frames span 14.0 s" in error.sentence


def test_the_cine_is_taken_where_a_study_has_a_larger_stack_of_single_images_too(tmp_path: Path) -> None:
    write_cine(tmp_path / "a" / "cine", FRAMES, slices=4, name=lambda root, t, z, n: root / f"{t}-{z}")
    name = lambda root, t, z, n: root / f"{t}-{z}"  # noqa: E731
    write_cine(tmp_path / "a" / "scar", 2, slices=12, shape=(10, 8), name=name)
    (subject,) = cohort(tmp_path).find()
    assert cohort(tmp_path).load(subject).views["sax"].image.data.shape == (FRAMES, 4, 6, 8)


def test_a_single_volume_in_nifti_is_no_cine(tmp_path: Path) -> None:
    write_nifti(tmp_path / "ed.nii.gz", (8, 6, 4))
    error = refused(tmp_path)
    assert error.code == "no_short_axis_cine" and "found 4 slices x 1 frames; wanted a short-axis" in error.sentence


def test_thin_slices_in_nifti_are_a_volume_and_refused(tmp_path: Path) -> None:
    write_nifti(tmp_path / "flow.nii.gz", step_mm=2.0)
    assert (refused(tmp_path).code, "2.00 mm apart" in refused(tmp_path).sentence) == ("slice_distance", True)


def test_a_label_map_in_nifti_is_refused(tmp_path: Path) -> None:
    data = np.zeros((8, 6, 4, FRAMES), np.int16)
    data[2:4] = 3
    nibabel.save(nibabel.Nifti1Image(data, np.diag([1.5, 1.5, 9, 1])), tmp_path / "gt.nii.gz")
    assert refused(tmp_path).code == "label_map"


def test_a_nifti_series_of_seconds_a_frame_is_no_heartbeat_and_one_without_a_unit_is_taken(tmp_path: Path) -> None:
    for name, unit in (("a", "sec"), ("b", "unknown")):
        image = write_nifti(tmp_path / f"{name}.nii")
        image.header.set_zooms((1.5, 1.5, 9.0, 2.0))
        image.header.set_xyzt_units("mm", unit)
        nibabel.save(image, tmp_path / f"{name}.nii")
    assert refused(tmp_path).code == "not_one_heartbeat"
    view = cohort(tmp_path).load(cohort(tmp_path).find()[1]).views["sax"]
    assert (view.cycle_length, view.frame_times_ms) == (FRAMES, ())


def test_a_nifti_affine_of_one_millimetre_gives_way_to_pixdim_with_a_warning(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.arange(8 * 6 * 4 * FRAMES).reshape(8, 6, 4, FRAMES).astype(np.int16), np.eye(4))
    image.set_qform(None, code=0)
    image.header["pixdim"][1:5] = 1.5, 1.5, 10, 1
    nibabel.save(image, tmp_path / "a.nii.gz")
    loaded = cohort(tmp_path).load(cohort(tmp_path).find()[0])
    assert loaded.views["sax"].image.spacing_mm == (10, 1.5, 1.5)
    assert [finding.code for finding in loaded.findings] == ["spacing_differs"]


# --- real data


def test_real_cines_are_taken_and_real_brains_refused() -> None:
    real_data("siemens_cine"), real_data("sunnybrook/dicoms"), real_data("enhanced_dicom")
    siemens, sunnybrook, brains = (
        cohort(REAL_DATA / name) for name in ("siemens_cine/patient1", "sunnybrook/dicoms", "enhanced_dicom/In")
    )
    (subject,) = siemens.find()
    assert siemens.load(subject).views["sax"].image.data.shape == (25, 6, 208, 256)
    assert [subject.id for subject in sunnybrook.find()] == ["SCD0000101", "SCD0000201", "SCD0000301"]
    assert [brains.root.name, len(brains.find())] == ["In", 2]
    for subject in brains.find():
        with pytest.raises(SubjectError, match="BodyPartExamined BRAIN"):
            brains.load(subject)


def test_the_files_of_a_study_are_sorted_onto_the_grid_of_its_view(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", FRAMES)
    subject: Subject = cohort(tmp_path).find()[0]
    cine, image = cohort(tmp_path).cine(subject), cohort(tmp_path).load(subject).views["sax"].image
    assert np.array_equal(cine.affine, image.affine)
    assert np.array_equal(pydicom.dcmread(cine.files[5][2].path).pixel_array, image.data[5, 2])
