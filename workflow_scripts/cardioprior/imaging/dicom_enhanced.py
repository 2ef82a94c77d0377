"""Enhanced multi-frame DICOM: each frame's header as a single-frame file would have it.

In an enhanced object (DICOM PS3.3 C.7.6.16) place, spacing, time and rescaling stand in functional groups, shared by
all frames or one a frame; there is no ImagePositionPatient or PixelSpacing at the top.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
#: element of a single-frame file -> functional group and element there
_ELEMENTS = {
    "ImagePositionPatient": ("PlanePositionSequence", "ImagePositionPatient"),
    "ImageOrientationPatient": ("PlaneOrientationSequence", "ImageOrientationPatient"),
    "PixelSpacing": ("PixelMeasuresSequence", "PixelSpacing"),
    "SliceThickness": ("PixelMeasuresSequence", "SliceThickness"),
    "RescaleSlope": ("PixelValueTransformationSequence", "RescaleSlope"),
    "RescaleIntercept": ("PixelValueTransformationSequence", "RescaleIntercept"),
    "TriggerTime": ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
    "InstanceNumber": ("FrameContentSequence", "TemporalPositionIndex"),
}
_OF_ALL = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "SeriesInstanceUID", "SeriesNumber"),
    *("StudyInstanceUID", "PatientID"),
)
#: parts of complex images that are no picture of the heart
_NOT_PICTURES = frozenset(("PHASE", "REAL", "IMAGINARY"))


def is_enhanced(dataset: Dataset) -> bool:
    """Whether a file's frames have functional groups; Sunnybrook's single frames have one with nothing in it."""
    return any(len(frame) for frame in dataset.get(GROUPS[1]) or ())


def frame_headers(dataset: Dataset) -> Iterator[tuple[int, Dataset]]:
    """Index, from 0, and header of every frame that is a picture, none for phase and parts of complex images.

    InstanceNumber is the frame's place in time, else in the file; AcquisitionTime is a time of the day. Raises
    ValueError where the file states another number of frames than it describes.
    """
    frames = dataset[GROUPS[1]].value
    stated = int(dataset.get("NumberOfFrames") or 1)
    if stated != len(frames):
        raise ValueError(f"NumberOfFrames is {stated}, functional groups describe {len(frames)}")
    shared = (dataset.get(GROUPS[0]) or [None])[0]
    for index, frame in enumerate(frames):
        if str(_find(frame, shared, "MRImageFrameTypeSequence", "ComplexImageComponent")) not in _NOT_PICTURES:
            yield index, _header(dataset, frame, shared, index)


def _header(dataset: Dataset, frame: Dataset, shared: Dataset | None, index: int) -> Dataset:
    from pydicom.dataset import Dataset as NewDataset

    header = NewDataset()
    values = {name: dataset.get(name) for name in _OF_ALL}
    values |= {name: _find(frame, shared, *where) for name, where in _ELEMENTS.items()}
    acquired = str(_find(frame, shared, "FrameContentSequence", "FrameAcquisitionDateTime") or "")[8:]
    values["AcquisitionTime"] = acquired.partition("+")[0].partition("-")[0] or None
    values["InstanceNumber"] = values["InstanceNumber"] or index + 1
    for name, value in values.items():
        if value is not None:
            setattr(header, name, value)
    return header


def _find(frame: Dataset, shared: Dataset | None, group: str, element: str) -> Any:
    """An element of a functional group, the frame's own first; None if neither has it."""
    for groups in (frame, shared):
        found = groups.get(group) if groups is not None else None
        if found and found[0].get(element) is not None:
            return found[0].get(element)
    return None
