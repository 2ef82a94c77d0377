"""Writes a subject as a Siemens scanner with a contouring workstation would: one classic DICOM file a slice and phase.

Contours are overlay planes of the ED and ES files: LV endocardium, LV epicardium (ED only) and RV endocardium. Beside
the pictures lie `subject.json` (facts about the patient) and `truth.nii.gz` (labels of every frame). All bytes follow
from the content: identifiers are hashes and dates are made up.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.stack import Stack
from cardioprior.imaging import labels
from cardioprior.imaging.nifti import write_volume
from cardioprior.imaging.overlays import draw, pack
from cardioprior.imaging.volume import Volume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

FACTS = "subject.json"
FACTS_OF = {"subject": "id"} | {key: key for key in ("group", "sex", "height_cm", "weight_kg")}
TRUTH = "truth.nii.gz"
DATE = "20000101"


@dataclass(frozen=True)
class Scan:
    """A subject ready to be written.

    image: uint16, truth: uint8, both (frames, slices, rows, columns). ed_frame, es_frame: where contours are drawn.
    series: the series number of each slice, not in spatial order. rr_ms: each slice's heart period.
    key: text that, with the subject, makes the identifiers unique (cohort and seed).
    """

    person: Person
    stack: Stack
    image: np.ndarray
    truth: np.ndarray
    ed_frame: int
    es_frame: int
    series: tuple[int, ...]
    rr_ms: tuple[float, ...]
    key: str


def write(folder: Path, scan: Scan) -> None:
    """Writes all of a subject's files into an existing, empty folder."""
    for index in range(len(scan.series)):
        _write_series(folder / f"SER{scan.series[index]:03d}", scan, index)
    write_volume(folder / TRUTH, Volume(scan.truth, scan.stack.affine()))
    person = scan.person
    facts = {name: getattr(person, attribute) for name, attribute in FACTS_OF.items()}
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def uid(*parts: object) -> str:
    """A valid DICOM identifier that follows from the parts: 2.25 and a UUID (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '/'.join(map(str, parts))).int}"


def contours(truth: np.ndarray, *, with_epicardium: bool) -> list[tuple[int, str, np.ndarray]]:
    """What is drawn on one slice: overlay group, label, mask (rows, columns); structures that are absent are left out.

    The thesis' annotators drew no epicardium at ES.
    """
    masks = [(0x6000, "LV endocardium", truth == labels.LV), (0x6004, "RV endocardium", truth == labels.RV)]
    if with_epicardium:
        masks.insert(1, (0x6002, "LV epicardium", (truth == labels.LV) | (truth == labels.MYO)))
    return [entry for entry in masks if entry[2].any()]


def _write_series(folder: Path, scan: Scan, index: int) -> None:
    import pydicom

    folder.mkdir()
    frames, number = len(scan.image), scan.series[index]
    for frame in range(frames):
        dataset = _slice_header(scan, index)
        dataset.InstanceNumber = frame + 1
        dataset.TriggerTime = f"{scan.rr_ms[index] * frame / frames:.2f}"
        dataset.SOPInstanceUID = uid(scan.key, scan.person.id, number, frame)
        dataset.PixelData = scan.image[frame, index].astype("<u2").tobytes()
        if frame in (scan.ed_frame, scan.es_frame):
            drawn = contours(scan.truth[frame, index], with_epicardium=frame == scan.ed_frame)
            for group, label, mask in drawn:
                _add_overlay(dataset, group, label, mask)
        dataset.file_meta = _meta(dataset)
        path = folder / f"IM-{number:04d}-{frame + 1:04d}.IMA"
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def _slice_header(scan: Scan, index: int) -> Dataset:
    """All that the frames of a slice share."""
    from pydicom.dataset import Dataset

    person, stack = scan.person, scan.stack
    d = Dataset()
    d.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    d.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = DATE
    d.StudyTime = d.SeriesTime = d.AcquisitionTime = d.ContentTime = "120000"
    d.Modality, d.Manufacturer, d.ManufacturerModelName = "MR", "SIEMENS", "phantom"
    d.AccessionNumber, d.ReferringPhysicianName, d.StudyID = "", "", "1"
    d.PatientName, d.PatientID, d.PatientBirthDate = person.id, person.id, ""
    d.PatientSex = person.sex
    d.PatientSize, d.PatientWeight = _decimal(person.height_cm / 100), _decimal(person.weight_kg)
    d.StudyInstanceUID = uid(scan.key, person.id)
    d.SeriesInstanceUID = uid(scan.key, person.id, scan.series[index])
    d.FrameOfReferenceUID = uid(scan.key, person.id, "frame of reference")
    d.SeriesNumber, d.SeriesDescription, d.ProtocolName = scan.series[index], "cine_sax", "cine_sax"
    d.ScanningSequence, d.SequenceVariant, d.ScanOptions, d.MRAcquisitionType = "GR", ["SK", "SS"], "CT", "2D"
    d.RepetitionTime, d.EchoTime, d.FlipAngle, d.MagneticFieldStrength = "3.0", "1.5", "60", "1.5"
    d.NominalInterval, d.HeartRate = round(scan.rr_ms[index]), round(60000 / scan.rr_ms[index])
    d.CardiacNumberOfImages, d.PositionReferenceIndicator, d.PatientPosition = len(scan.image), "", "HFS"
    d.SliceThickness, d.SpacingBetweenSlices = _decimal(stack.thickness_mm), _decimal(stack.spacing_mm)
    d.PixelSpacing = [_decimal(stack.pixel_mm)] * 2
    d.ImageOrientationPatient = [_decimal(v) for v in (*stack.row, *stack.column)]
    position = stack.position_lps_mm(index)
    d.ImagePositionPatient = [_decimal(v) for v in position]
    d.SliceLocation = _decimal(round(float(position @ stack.normal), 4))
    d.Rows = d.Columns = stack.matrix
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, 12, 11
    return d


def _decimal(value: float) -> str:
    """A decimal string (VR DS, at most 16 characters) of a number with at most eight decimals."""
    return f"{float(value):.8f}".rstrip("0").rstrip(".")


def _meta(dataset: Dataset) -> FileMetaDataset:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    # Named here, or else pydicom writes its own version, and bytes would change with it.
    meta.ImplementationClassUID = UID(uid("cardioprior phantom"))
    meta.ImplementationVersionName = "CARDIOPRIOR"
    return meta


def _add_overlay(dataset: Dataset, group: int, label: str, mask: np.ndarray) -> None:
    """Adds a contour to the caller's own dataset as a graphics overlay (PS3.3 C.9.2)."""
    rows, columns = mask.shape
    elements = {
        0x0010: ("US", rows),
        0x0011: ("US", columns),
        0x0015: ("IS", 1),
        0x0040: ("CS", "G"),
        0x0050: ("SS", [1, 1]),
        0x0100: ("US", 1),
        0x0102: ("US", 0),
        0x1500: ("LO", label),
        0x3000: ("OW", pack(draw(mask))),
    }
    for element, (kind, value) in elements.items():
        dataset.add_new((group, element), kind, value)
