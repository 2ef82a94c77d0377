"""Labels of one frame of a cine as a DICOM Segmentation that refers to the images they were found in.

One object a phase: the standard orders a segmentation's frames by place and segment, not by time, so two phases of one
slice would be the same frame of one object.
"""

from __future__ import annotations

import copy
import uuid
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior import __version__, atomic
from cardioprior.imaging.labels import STRUCTURES

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription, Segmentation
    from pydicom.dataset import Dataset

    from cardioprior.imaging.dicom import Cine

#: viewers list series by their number: after the scanner's own
SERIES_NUMBER = 9000
#: elements that the standard wants in every object and scanners or anonymisers leave out
_WANTED = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime", "ReferringPhysicianName"),
)
#: what highdicom takes over from the images, beside PatientName and PatientID
_PERSONAL = (
    *("PatientBirthDate", "PatientBirthTime", "PatientAge", "AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
    *("StudyDescription", "ReferringPhysicianName", "PatientComments", "OtherPatientIDs", "OtherPatientNames"),
)
_DATES = ("PatientBirthDate", "StudyDate")


@dataclass(frozen=True)
class Phase:
    """What an object is of: ED or ES, its frame from 0, the place of the object in its series, and who found it."""

    name: str
    frame: int
    number: int
    method: str


def write_segmentation(
    path: Path, labels: np.ndarray, cine: Cine, phase: Phase, identified: bool = False, pseudonym: str = ""
) -> None:
    """Writes the labels (z, y, x; values of imaging.labels) of a frame of a sorted cine.

    Segments 1 to 3 are LV blood pool, LV myocardium and RV blood pool. Slices and segments without a voxel are left out
    as the standard allows, unless there is none at all. Identifiers follow from those of the images and from the
    labels. identified: the patient's name, dates and numbers are taken over from the images; otherwise `pseudonym`
    stands there, or one that follows from the identifiers of the study and its first series, which the object holds
    anyway; the references to the images are what ties it to the patient. Raises ValueError for enhanced images and
    turned slices, and whatever highdicom raises on headers that cannot be referred to.
    """
    from pydicom import dcmread
    from pydicom.config import IGNORE, settings

    headers = [header for frame in cine.files for header in frame]
    if any(header.frame is not None or any(header.turn) for header in headers):
        raise ValueError("frames of enhanced images, and slices with exchanged axes, are not referred to")
    # source identifiers must be repeated as they are, and anonymisers make invalid ones
    validation = settings.reading_validation_mode, settings.writing_validation_mode
    settings.reading_validation_mode = settings.writing_validation_mode = IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sources = [dcmread(header.path, stop_before_pixels=True) for header in cine.files[phase.frame]]
            name = pseudonym or _pseudonym(sources[0])
            segmentation = _segmentation(labels, sources, cine, phase, "" if identified else name)
            _refer_to_series(segmentation, sources)
            with atomic.replacing(path) as temporary:
                segmentation.save_as(temporary)
    finally:
        settings.reading_validation_mode, settings.writing_validation_mode = validation


def _segmentation(
    labels: np.ndarray, sources: Sequence[Dataset], cine: Cine, phase: Phase, pseudonym: str
) -> Segmentation:
    from highdicom import PixelMeasuresSequence
    from highdicom.seg import Segmentation, SegmentationTypeValues

    first = cine.files[0][0]
    step_mm = float(np.linalg.norm(cine.affine[:3, 2]))
    origin = (phase.name, phase.method, *(str(source.SOPInstanceUID) for source in sources), labels.tobytes().hex())
    return Segmentation(
        source_images=_as_one_series(sources, pseudonym),
        pixel_array=labels,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=_segments(phase.method, str(sources[0].StudyInstanceUID)),
        series_instance_uid=_uid("series", str(sources[0].StudyInstanceUID), phase.method),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid(*origin),
        instance_number=phase.number,
        manufacturer="cardioprior",
        manufacturer_model_name=phase.method,
        software_versions=__version__,
        device_serial_number="none",
        content_label=phase.name,
        content_description=f"{phase.name}, frame {phase.frame} counted from 0",
        series_description=f"LV, myocardium and RV, {phase.method}"[:64],
        pixel_measures=PixelMeasuresSequence(
            pixel_spacing=first.spacing_mm,
            slice_thickness=first.thickness_mm or step_mm,
            spacing_between_slices=round(step_mm, 6),
        ),
    )


def _segments(method: str, study: str) -> list[SegmentDescription]:
    """The segments in the order of the labels' values. Blood is a substance that lies in a ventricle; the wall is a
    structure of its own in SNOMED CT."""
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    sct = codes.SCT
    algorithm = AlgorithmIdentificationSequence(method, codes.DCM.ArtificialIntelligence, __version__)
    blood: dict[str, Any] = {"segmented_property_category": sct.BodySubstance, "segmented_property_type": sct.Blood}
    kinds: dict[str, dict[str, Any]] = {
        "LV": {"segment_label": "LV blood pool", "anatomic_regions": [sct.LeftVentricle], **blood},
        "MYO": {
            "segment_label": "LV myocardium",
            "segmented_property_category": sct.Tissue,
            "segmented_property_type": sct.LeftVentricleMyocardium,
        },
        "RV": {"segment_label": "RV blood pool", "anatomic_regions": [sct.RightVentricle], **blood},
    }
    return [
        SegmentDescription(
            segment_number=number,
            algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=algorithm,
            tracking_id=kinds[name]["segment_label"],
            tracking_uid=_uid("tracking", study, name),  # one structure of one patient, at ED and at ES
            **kinds[name],
        )
        for name, number in STRUCTURES.items()
    ]


def _as_one_series(sources: Sequence[Dataset], pseudonym: str) -> list[Dataset]:
    """The headers as of one series in one frame of reference, which highdicom wants; of a pseudonym unless it is empty.

    Scanners file a stack as a series a slice, and anonymisers give each image a frame of reference of its own; that the
    images are one stack was found from their geometry. Orientations may differ by rounding.
    """
    first = sources[0]
    found = []
    for source in sources:
        header = copy.deepcopy(source)  # a shallow copy shares its elements
        header.SeriesInstanceUID = first.SeriesInstanceUID
        header.FrameOfReferenceUID = first.get("FrameOfReferenceUID") or _uid("space", str(first.StudyInstanceUID))
        header.ImageOrientationPatient = first.ImageOrientationPatient
        for name in _WANTED:
            if name not in header or (name in _DATES and not _is_date(str(header[name].value or ""))):
                setattr(header, name, "")
        if pseudonym:
            _hide_patient(header, pseudonym)
        found.append(header)
    return found


def _pseudonym(header: Dataset) -> str:
    """From identifiers that say nothing beside the object: a digest of PatientID could be guessed back."""
    origin = f"{header.StudyInstanceUID}/{header.SeriesInstanceUID}"
    return f"study-{uuid.uuid5(uuid.NAMESPACE_OID, origin).hex[:8]}"


def _hide_patient(header: Dataset, pseudonym: str) -> None:
    """Puts a pseudonym into a header, and nothing into what else an object takes over from it about the patient."""
    header.PatientName = header.PatientID = pseudonym
    for name in _PERSONAL:
        if name in header:
            setattr(header, name, "")


def _is_date(text: str) -> bool:
    from pydicom.valuerep import DA

    try:
        DA(text)
    except ValueError:
        return False
    return True


def _refer_to_series(segmentation: Dataset, sources: Sequence[Dataset]) -> None:
    """Names the series in which each source image really is (module Common Instance Reference)."""
    from pydicom.dataset import Dataset

    series: dict[str, list[Dataset]] = defaultdict(list)
    for source in sources:
        reference = Dataset()
        reference.ReferencedSOPClassUID = source.SOPClassUID
        reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
        series[str(source.SeriesInstanceUID)].append(reference)
    items = []
    for identifier, references in series.items():
        item = Dataset()
        item.SeriesInstanceUID, item.ReferencedInstanceSequence = identifier, references
        items.append(item)
    segmentation.ReferencedSeriesSequence = items


def _uid(*parts: str) -> str:
    """An identifier that follows from the parts: 2.25 and a UUID (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '/'.join(parts)).int}"
