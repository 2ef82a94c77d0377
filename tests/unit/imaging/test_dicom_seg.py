"""DICOM segmentations, read back by another library and asked what they say of the images they came from."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from cardioprior.imaging.dicom import Cine, find_stacks, short_axis
from cardioprior.imaging.dicom_seg import Phase, write_segmentation
from tests.unit.imaging.dicom_world import folder_a_slice, real_data, write_cine

FRAME = 2
SHAPE = (4, 6, 8)


def labels_of(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Every structure in the middle slices, the RV in the first too, nothing in the last."""
    labels = np.zeros(shape, np.uint8)
    labels[1:-1, 2:4, 2:4], labels[1:-1, 4, 2:4], labels[:-1, 2:4, 5:7] = 1, 2, 3
    return labels


def series_a_slice(image: Dataset, t: int, z: int) -> Dataset:
    image.SeriesInstanceUID, image.SeriesNumber = f"1.2.3.{z + 1}", z + 1
    return image


def as_anonymised(image: Dataset, t: int, z: int) -> Dataset:
    """No birth date but zeros, no study id, a frame of reference an image, an identifier that is invalid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.FrameOfReferenceUID = f"1.2.4.{z + 1}"
        image.PatientBirthDate, image.StudyDate = "00000000", "20120000"
        image.SOPInstanceUID = f"1.2.5.0{t}{z}"
    return image


def segmented(folder: Path, cine: Cine, labels: np.ndarray, phase: str = "ES") -> highdicom.seg.Segmentation:
    path = folder / f"{phase}_seg.dcm"
    write_segmentation(path, labels, cine, Phase(phase, FRAME, 2, "a net"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return highdicom.seg.segread(path)


def on_sources(segmentation: highdicom.seg.Segmentation, cine: Cine) -> np.ndarray:
    """The labels on the images of the frame, asked for by the images' own identifiers."""
    identifiers = [str(pydicom.dcmread(file.path).SOPInstanceUID) for file in cine.files[FRAME]]
    return segmentation.get_pixels_by_source_instance(
        identifiers, combine_segments=True, assert_missing_frames_are_empty=True
    )


@pytest.mark.parametrize("change", [lambda image, t, z: image, series_a_slice, as_anonymised])
def test_its_masks_on_the_source_images_are_the_labels(tmp_path: Path, change) -> None:
    write_cine(tmp_path / "a", 4, name=folder_a_slice, change=change)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    assert np.array_equal(on_sources(segmented(tmp_path, cine, labels_of()), cine), labels_of())


def test_its_frames_lie_where_the_images_lie_with_the_stacks_own_spacing(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    found = segmented(tmp_path, cine, np.ones(SHAPE, np.uint8))  # of one segment, so a frame a slice
    frames = found.PerFrameFunctionalGroupsSequence
    places = [tuple(frame.PlanePositionSequence[0].ImagePositionPatient) for frame in frames]
    assert np.allclose(sorted(places), sorted(file.position for file in cine.files[FRAME]), atol=1e-3)
    measures = found.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert (measures.SpacingBetweenSlices, measures.SliceThickness) == (9, 6)  # the images say nothing of the former


def test_its_segments_are_blood_and_muscle_by_their_codes(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4)
    found = segmented(tmp_path, short_axis(find_stacks([tmp_path / "a"])), labels_of())
    codes = [
        (
            item.SegmentNumber,
            item.SegmentLabel,
            item.SegmentedPropertyTypeCodeSequence[0].CodeValue,
            [region.CodeValue for region in item.get("AnatomicRegionSequence", [])],
        )
        for item in found.SegmentSequence
    ]
    assert codes == [
        (1, "LV blood pool", "87612001", ["87878005"]),
        (2, "LV myocardium", "49848007", []),
        (3, "RV blood pool", "87612001", ["53085002"]),
    ]
    assert {item.SegmentAlgorithmType for item in found.SegmentSequence} == {"AUTOMATIC"}
    assert (found.ContentLabel, found.InstanceNumber, found.SegmentationType) == ("ES", 2, "BINARY")


def test_it_names_the_series_of_each_source_image_and_the_patient(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4, name=folder_a_slice, change=series_a_slice)
    found = segmented(tmp_path, short_axis(find_stacks([tmp_path / "a"])), labels_of())
    assert sorted(item.SeriesInstanceUID for item in found.ReferencedSeriesSequence) == [
        f"1.2.3.{z}" for z in range(1, 5)
    ]
    assert all(len(item.ReferencedInstanceSequence) == 1 for item in found.ReferencedSeriesSequence)
    assert (found.StudyInstanceUID, found.Modality) == ("1.2.3", "SEG")


def personal(image: Dataset, t: int, z: int) -> Dataset:
    image.PatientName, image.PatientID, image.PatientBirthDate = "Zanzibar^Quentin", "MRN88", "19470228"
    image.AccessionNumber, image.StudyID, image.ReferringPhysicianName = "ACC77", "S1", "Wunderlich"
    image.StudyDescription, image.PatientAge, image.StudyDate = "heart of Quentin", "068Y", "20151130"
    return image


def test_it_has_a_pseudonym_unless_it_is_to_name_the_patient(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4, change=personal)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    phase = Phase("ES", FRAME, 2, "A method")
    for identified in (False, True):
        write_segmentation(tmp_path / f"{identified}.dcm", labels_of(), cine, phase, identified)
    hidden, named = (pydicom.dcmread(tmp_path / f"{identified}.dcm") for identified in (False, True))
    content = (tmp_path / "False.dcm").read_bytes()
    for word in (b"Zanzibar", b"Quentin", b"MRN88", b"19470228", b"ACC77", b"Wunderlich", b"20151130", b"068Y"):
        assert word not in content
    assert re.fullmatch(r"study-[0-9a-f]{8}", hidden.PatientID) and hidden.PatientName == hidden.PatientID
    assert (named.PatientID, str(named.PatientName), named.StudyDate) == ("MRN88", "Zanzibar^Quentin", "20151130")
    assert np.array_equal(on_sources(highdicom.seg.segread(tmp_path / "False.dcm"), cine), labels_of())


def test_its_pseudonym_does_not_follow_from_what_is_hidden(tmp_path: Path) -> None:
    """Who knows the study's identifier cannot try out patients' numbers."""
    names = []
    for number in ("1", "2"):
        write_cine(tmp_path / number, 4, change=lambda image, t, z, number=number: patient_number(image, number))
        names.append(segmented(tmp_path, short_axis(find_stacks([tmp_path / number])), labels_of()).PatientID)
    assert names[0] == names[1]


def patient_number(image: Dataset, number: str) -> Dataset:
    image.PatientID = number
    return image


def test_a_pseudonym_that_is_given_stands_there(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4, change=personal)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    write_segmentation(tmp_path / "seg.dcm", labels_of(), cine, Phase("ED", FRAME, 1, "A method"), pseudonym="p0123")
    found = pydicom.dcmread(tmp_path / "seg.dcm")
    assert found.PatientID == found.PatientName == "p0123"


def test_ed_and_es_are_two_objects_of_one_series_that_track_the_same_structures(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    ed, es = (segmented(tmp_path, cine, labels_of(), phase) for phase in ("ED", "ES"))
    assert ed.SeriesInstanceUID == es.SeriesInstanceUID and ed.SOPInstanceUID != es.SOPInstanceUID
    assert [i.TrackingUID for i in ed.SegmentSequence] == [i.TrackingUID for i in es.SegmentSequence]


def test_the_same_labels_have_the_same_identifier_and_others_another(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    one, again, other = (
        segmented(tmp_path, cine, labels) for labels in (labels_of(), labels_of(), np.ones(SHAPE, np.uint8))
    )
    assert one.SOPInstanceUID == again.SOPInstanceUID != other.SOPInstanceUID


def test_labels_without_a_voxel_are_an_object_too(tmp_path: Path) -> None:
    write_cine(tmp_path / "a", 4)
    cine = short_axis(find_stacks([tmp_path / "a"]))
    assert not on_sources(segmented(tmp_path, cine, np.zeros(SHAPE, np.uint8)), cine).any()


@pytest.mark.parametrize("folder", ["siemens_cine/patient1", "sunnybrook/dicoms/SCD0000101"])
def test_real_images_with_series_a_slice_or_invalid_identifiers_are_referred_to(tmp_path: Path, folder: str) -> None:
    cine = short_axis(find_stacks([real_data(folder)]))
    labels = labels_of((len(cine.files[0]), *cine.files[0][0].shape))
    assert np.array_equal(on_sources(segmented(tmp_path, cine, labels), cine), labels)
