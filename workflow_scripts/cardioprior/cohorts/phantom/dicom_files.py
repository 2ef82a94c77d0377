"""Writes a subject as a Siemens scanner with a contouring workstation would: one classic DICOM file a slice and phase.

Contours are overlay planes of the ED and ES files: LV endocardium, LV epicardium (ED only) and RV endocardium. Beside
the pictures lie `subject.json` (facts about the patient) and `truth.nii.gz` (labels of every frame). All bytes follow
from the content: identifiers are hashes and dates are made up.

The files are MR Image Storage (PS3.3 A.4) with the Overlay Plane module; the test of this file asks dciodvfy. The
frames of a slice differ in four elements, contours apart, so what they share is encoded once a slice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element, write_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from scipy import ndimage

from cardioprior.cohorts.phantom import facts
from cardioprior.imaging import labels
from cardioprior.imaging.nifti import write_volume
from cardioprior.imaging.overlays import draw, pack
from cardioprior.imaging.volume import Volume

if TYPE_CHECKING:
    from cardioprior.cohorts.phantom.population import Person
    from cardioprior.cohorts.phantom.scans import Scanned
    from cardioprior.cohorts.phantom.views import Grid

TRUTH = "truth.nii.gz"
DATE, TIME = "20000101", "120000"
CHARACTER_SET = "ISO_IR 192"  # UTF-8
PIXEL_DATA = 0x7FE00010


@dataclass(frozen=True)
class Scan:
    """A subject ready to be written.

    image: integers from 0 to 4095 (12 bits are stored), truth: uint8, both (frames, slices, rows, columns). stack: its
    grid, square. ed_frame, es_frame: where contours are drawn. series: the series number of each slice, not in spatial
    order. rr_ms: each slice's heart period. key: text that, with the subject, makes the identifiers unique (cohort and
    seed).
    """

    person: Person
    stack: Grid
    image: np.ndarray
    truth: np.ndarray
    ed_frame: int
    es_frame: int
    series: tuple[int, ...]
    rr_ms: tuple[float, ...]
    key: str


def as_scan(scanned: Scanned, rng: np.random.Generator, *, key: str) -> Scan:
    """The short axis of a subject as a scanner files it: slices in no order, heart periods that differ by some 2 %."""
    picture, person = scanned.pictures["sax"], scanned.person
    count = picture.image.shape[1]
    rr_ms = 60000 / person.heart_rate_bpm * np.clip(rng.normal(1, 0.02, count), 0.9, 1.1)
    return Scan(
        person=person,
        stack=picture.grid,
        image=picture.image,
        truth=picture.labels,
        ed_frame=0,
        es_frame=scanned.cycle.es_frame,
        series=tuple((5 + rng.permutation(count)).tolist()),
        rr_ms=tuple(rr_ms.tolist()),
        key=key,
    )


def write(folder: Path, scan: Scan) -> None:
    """Writes all of a subject's files into an existing, empty folder."""
    for index in range(len(scan.series)):
        _write_series(folder / f"SER{scan.series[index]:03d}", scan, index)
    write_volume(folder / TRUTH, Volume(scan.truth, scan.stack.affine()))
    facts.write(folder, scan.person)


def uid(*parts: object) -> str:
    """A valid DICOM identifier that follows from the parts: 2.25 and a UUID (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '/'.join(map(str, parts))).int}"


def contours(truth: np.ndarray, *, with_epicardium: bool) -> list[tuple[int, str, np.ndarray]]:
    """What is drawn on one slice: overlay group, label, mask (rows, columns); nothing where no structure is.

    A structure that is absent beside others has an empty mask, so that the first group is there wherever another is, as
    dciodvfy wants. The thesis' annotators drew no epicardium at ES, and nobody can draw a sliver.
    """
    masks = [(0x6000, "LV endocardium", truth == labels.LV), (0x6004, "RV endocardium", truth == labels.RV)]
    if with_epicardium:
        masks.insert(1, (0x6002, "LV epicardium", (truth == labels.LV) | (truth == labels.MYO)))
    drawn = [(group, label, without_slivers(mask)) for group, label, mask in masks]
    return drawn if any(mask.any() for _, _, mask in drawn) else []


def without_slivers(mask: np.ndarray) -> np.ndarray:
    """The mask (rows, columns) without its bent pieces of one or two pixels' width, such as an RV's lowest slice has.

    Such a piece has no inside, so its outline is a line, and one that goes around something cannot be told from a
    contour that was left open (imaging.outlines refuses it). Small and straight pieces stay.
    """
    pieces, _ = ndimage.label(mask, np.ones((3, 3)))
    inside = mask & ~draw(mask)
    kept = mask.copy()
    for number, box in enumerate(ndimage.find_objects(pieces), 1):
        piece = pieces[box] == number
        if not (inside[box] & piece).any() and _goes_around_something(piece):
            kept[box] &= ~piece
    return kept


def _goes_around_something(line: np.ndarray) -> bool:
    """True if a line (bool, rows and columns) covers less than a third of its convex hull."""
    from skimage.morphology import convex_hull_image

    return bool(3 * line.sum() < convex_hull_image(line).sum())


def _write_series(folder: Path, scan: Scan, index: int) -> None:
    """Writes the frames of one slice into a new folder."""
    folder.mkdir()
    shared = _encode(_slice_elements(scan, index))
    meta = _meta()
    for frame in range(len(scan.image)):
        own = _frame_elements(scan, index, frame)
        meta.MediaStorageSOPInstanceUID = own.SOPInstanceUID
        path = folder / f"IM-{scan.series[index]:04d}-{frame + 1:04d}.IMA"
        path.write_bytes(_file(meta, shared | _encode(own)))


# Bytes


def _encode(dataset: Dataset) -> dict[int, bytes]:
    """The bytes of each element in explicit VR, little endian, by tag."""
    encoded = {}
    for element in dataset:
        buffer = _buffer()
        write_data_element(buffer, element, CHARACTER_SET)
        encoded[int(element.tag)] = buffer.getvalue()
    return encoded


def _file(meta: FileMetaDataset, elements: Mapping[int, bytes]) -> bytes:
    """A DICOM file (PS3.10 7.1): preamble, meta information, and encoded elements in the order of their tags."""
    buffer = _buffer()
    buffer.write(bytes(128) + b"DICM")
    write_file_meta_info(buffer, meta)
    buffer.write(b"".join(elements[tag] for tag in sorted(elements)))
    return buffer.getvalue()


def _buffer() -> DicomBytesIO:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    return buffer


def _meta() -> FileMetaDataset:
    """File meta information without the instance's identifier."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    # Named here, or else pydicom writes its own version, and bytes would change with it.
    meta.ImplementationClassUID = UID(uid("cardioprior phantom"))
    meta.ImplementationVersionName = "CARDIOPRIOR"
    return meta


# Elements


def _frame_elements(scan: Scan, index: int, frame: int) -> Dataset:
    """What a frame has of its own: identifier, number, time, pixels and, at ED and ES, contours."""
    d = Dataset()
    d.SOPInstanceUID = uid(scan.key, scan.person.id, scan.series[index], frame)
    d.InstanceNumber = frame + 1
    d.TriggerTime = f"{scan.rr_ms[index] * frame / len(scan.image):.2f}"
    d.add_new(PIXEL_DATA, "OW", scan.image[frame, index].astype("<u2").tobytes())
    if frame in (scan.ed_frame, scan.es_frame):
        for group, label, mask in contours(scan.truth[frame, index], with_epicardium=frame == scan.ed_frame):
            for element, kind, value in _overlay_elements(label, mask):
                d.add_new((group, element), kind, value)
    return d


def _overlay_elements(label: str, mask: np.ndarray) -> Iterator[tuple[int, str, object]]:
    """Element, VR and value of a graphics overlay with the outline of a mask (Overlay Plane module, PS3.3 C.9.2)."""
    rows, columns = mask.shape
    yield 0x0010, "US", rows
    yield 0x0011, "US", columns
    yield 0x0040, "CS", "G"
    yield 0x0050, "SS", [1, 1]
    yield 0x0100, "US", 1
    yield 0x0102, "US", 0
    yield 0x1500, "LO", label
    yield 0x3000, "OW", pack(draw(mask))


def _slice_elements(scan: Scan, index: int) -> Dataset:
    """What the frames of a slice share."""
    d = Dataset()
    d.SpecificCharacterSet, d.SOPClassUID = CHARACTER_SET, MRImageStorage
    _add_study(d, scan)
    _add_series(d, scan, index)
    _add_acquisition(d, scan, index)
    _add_plane(d, scan.stack, index)
    _add_pixel_format(d, scan.stack)
    return d


def _add_study(d: Dataset, scan: Scan) -> None:
    """Adds patient and study (modules Patient, General Study, Patient Study)."""
    person = scan.person
    d.PatientName, d.PatientID, d.PatientBirthDate, d.PatientSex = f"{person.id}^Phantom", person.id, "", person.sex
    d.PatientSize, d.PatientWeight = _decimal(person.height_cm / 100), _decimal(person.weight_kg)
    d.StudyInstanceUID, d.StudyID = uid(scan.key, person.id), "1"
    d.StudyDate, d.StudyTime = DATE, TIME
    d.AccessionNumber, d.ReferringPhysicianName = "", ""


def _add_series(d: Dataset, scan: Scan, index: int) -> None:
    """Adds series, frame of reference and scanner (modules General Series, Frame of Reference, General Equipment)."""
    number = scan.series[index]
    d.Modality, d.Manufacturer, d.ManufacturerModelName = "MR", "SIEMENS", "phantom"
    d.SeriesInstanceUID, d.SeriesNumber = uid(scan.key, scan.person.id, number), number
    d.SeriesDate, d.SeriesTime = DATE, TIME
    d.SeriesDescription, d.ProtocolName = "cine_sax", "cine_sax"
    d.BodyPartExamined, d.PatientPosition = "HEART", "HFS"  # not a paired organ, so there is no Laterality
    d.FrameOfReferenceUID = uid(scan.key, scan.person.id, "frame of reference")
    d.PositionReferenceIndicator = ""


def _add_acquisition(d: Dataset, scan: Scan, index: int) -> None:
    """Adds a retrospectively gated cine of balanced SSFP (modules General Image, MR Image)."""
    rr_ms = scan.rr_ms[index]
    d.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    d.AcquisitionDate = d.ContentDate = DATE
    d.AcquisitionTime = d.ContentTime = TIME
    d.ScanningSequence, d.SequenceVariant, d.ScanOptions, d.MRAcquisitionType = "GR", ["SK", "SS"], "CG", "2D"
    d.RepetitionTime, d.EchoTime, d.EchoTrainLength = "3.0", "1.5", 1
    d.FlipAngle, d.MagneticFieldStrength = "60", "1.5"
    d.NominalInterval, d.HeartRate, d.CardiacNumberOfImages = round(rr_ms), round(60000 / rr_ms), len(scan.image)


def _add_plane(d: Dataset, grid: Grid, index: int) -> None:
    """Adds the place of a slice in the patient (module Image Plane)."""
    position = grid.position_lps_mm(index)
    d.PixelSpacing = [_decimal(grid.pixel_mm)] * 2
    d.ImageOrientationPatient = [_decimal(value) for value in (*grid.row, *grid.column)]
    d.ImagePositionPatient = [_decimal(value) for value in position]
    d.SliceLocation = _decimal(round(float(position @ grid.normal), 4))
    d.SliceThickness, d.SpacingBetweenSlices = _decimal(grid.thickness_mm), _decimal(grid.spacing_mm)


def _add_pixel_format(d: Dataset, grid: Grid) -> None:
    """Adds the format of the pixel data (module Image Pixel)."""
    d.Rows = d.Columns = grid.matrix
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
    d.BitsAllocated, d.BitsStored, d.HighBit = 16, 12, 11


def _decimal(value: float) -> str:
    """A decimal string (VR DS, at most 16 characters) of a number with at most eight decimals."""
    return f"{float(value):.8f}".rstrip("0").rstrip(".")
