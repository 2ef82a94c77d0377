"""DICOM images in a folder, single-frame files and frames of enhanced ones: what their headers say, and their pixels.

Two readings of a file: its header when a folder is looked through, its pixels only when its stack was chosen. So a
study of which one stack is wanted is not decoded as a whole, and nothing is decoded twice.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior.errors import SubjectError
from cardioprior.imaging import dicom_enhanced, overlays

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TAGS = (
    *("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"),
    *("TriggerTime", "InstanceNumber", "AcquisitionTime", "SeriesInstanceUID", "SeriesNumber"),
    *("RescaleSlope", "RescaleIntercept", "PhotometricInterpretation", "StudyInstanceUID", "PatientID"),
    *dicom_enhanced.GROUPS,
)

NOT_DICOM = "not DICOM"
NO_FILE = "no file, or a link to none"
MULTI_FRAME = "multi-frame DICOM without functional groups"
NO_PLANE = "DICOM without a grey image in a known plane"


@dataclass(frozen=True, eq=False)
class Header:
    """What sorting needs to know of one frame of one slice: a file, or a frame of an enhanced file.

    row, column: unit vectors, LPS: the directions in which the column and the row index grow. position: LPS, mm, of
    the centre of the first pixel. spacing_mm: between rows, between columns. trigger_ms, instance, acquired (the
    time of acquisition as a number HHMMSS.ffffff) are None where the file does not have them. series: SeriesInstanceUID
    and SeriesNumber. study: StudyInstanceUID and PatientID, to be compared and never told. frame: index in an
    enhanced file, None for a single-frame file. turn: whether the file's axes are exchanged, its rows reversed, its
    columns reversed against what is stated here (dicom_turned).
    """

    path: Path
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    row: tuple[float, float, float]
    column: tuple[float, float, float]
    position: tuple[float, float, float]
    thickness_mm: float | None
    trigger_ms: float | None
    instance: int | None
    acquired: float | None
    series: tuple[str, str]
    study: tuple[str, str]
    slope: float
    intercept: float
    overlays: tuple[overlays.Overlay, ...]
    frame: int | None = None
    turn: tuple[bool, bool, bool] = (False, False, False)


@dataclass(frozen=True)
class Files:
    """The images found, and the files that were passed over with the reason (the constants above)."""

    images: tuple[Header, ...]
    ignored: tuple[tuple[Path, str], ...]

    def ignored_in_words(self) -> str:
        """`3 file(s) ignored: 2 not DICOM (notes.txt first), 1 ...`, "" if there are none."""
        names: dict[str, list[str]] = {}
        for path, reason in self.ignored:
            names.setdefault(reason, []).append(path.name)
        counts = ", ".join(f"{len(names[reason])} {reason} ({names[reason][0]} first)" for reason in sorted(names))
        return f"{len(self.ignored)} file(s) ignored: {counts}" if names else ""


def read_files(paths: Iterable[Path]) -> Files:
    """Headers of all DICOM images among the files and below the folders given, in the order of their paths.

    A file is DICOM by its preamble ("DICM" after 128 bytes), whatever its name; one that was cut before its geometry
    is ignored as NO_PLANE, and missed where its slice lacks a frame. Raises SubjectError: `unreadable_dicom`
    for a file with that preamble that cannot be parsed, `bad_geometry` for one with an impossible plane, `bad_overlay`,
    `no_access` for a folder that may not be read.
    """
    from pydicom.config import disable_value_validation

    images, ignored = [], []
    with warnings.catch_warnings(), disable_value_validation():  # invalid UIDs are common and not used
        warnings.simplefilter("ignore")
        for path in _files(paths):
            found = _read_file(path)
            if isinstance(found, str):
                ignored.append((path, found))
            else:
                images += found
    return Files(tuple(images), tuple(ignored))


def read_pixels(header: Header) -> np.ndarray:
    """Stored values of a file, shape (rows, columns), before rescaling.

    Raises SubjectError `unreadable_dicom` if pixel data are missing, too short, or of an encoding that cannot be
    decoded.
    """
    from pydicom.pixels.utils import pixel_array

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # a frame of many is looked up in its file; a file of one is read at once, which is faster
            source = BytesIO(header.path.read_bytes()) if header.frame is None else header.path
            pixels = pixel_array(source, index=header.frame)
    except Exception as fault:  # pydicom and its decoders raise many kinds on broken bytes
        raise SubjectError(
            "unreadable_dicom",
            f"{header.path}: its pixel data cannot be read ({_brief(fault)}); wanted {header.shape[0]} x "
            f"{header.shape[1]} pixels",
        ) from fault
    wanted = header.shape[::-1] if header.turn[0] else header.shape
    if pixels.shape != wanted:
        raise SubjectError("unreadable_dicom", f"{header.path}: pixel data of {pixels.shape}; wanted {wanted}")
    if any(header.turn):
        from cardioprior.imaging.dicom_turned import turn_pixels

        return turn_pixels(pixels, header.turn)
    return pixels


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in sorted(paths):
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path, onerror=_refuse_folder):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names))


def _refuse_folder(fault: OSError) -> None:
    """A folder that cannot be looked into may hold anything."""
    raise SubjectError(
        "no_access", f"{fault.filename}: cannot be read ({fault.strerror}); wanted a folder to look into"
    )


def _read_file(path: Path) -> list[Header] | str:
    """The headers of a file's frames, or why the file holds no image that can be placed."""
    from pydicom import dcmread

    try:
        if not path.is_file():  # a pipe would be waited for
            return NO_FILE
        with path.open("rb") as file:
            if file.read(132)[128:] != b"DICM":
                return NOT_DICOM
            file.seek(0)
            dataset = dcmread(file, stop_before_pixels=True, specific_tags=_tags())
        if dicom_enhanced.is_enhanced(dataset):
            frames = [(index, header) for index, header in dicom_enhanced.frame_headers(dataset) if _has_plane(header)]
            return [_header(header, path, index) for index, header in frames] or NO_PLANE
        if int(dataset.get("NumberOfFrames") or 1) > 1:
            return MULTI_FRAME
        return [_header(dataset, path)] if _has_plane(dataset) else NO_PLANE
    except SubjectError:
        raise
    except Exception as fault:  # as in read_pixels
        raise SubjectError(
            "unreadable_dicom", f"{path}: starts as DICOM but its header cannot be read ({_brief(fault)})"
        ) from fault


@cache
def _tags() -> list[Any]:
    """What is read of a header. Looked up once: by names it takes longer than the reading."""
    from pydicom.tag import Tag

    return [*map(Tag, _TAGS), *map(Tag, overlays.TAGS)]


def _has_plane(dataset: Dataset) -> bool:
    lengths = {"ImageOrientationPatient": 6, "ImagePositionPatient": 3, "PixelSpacing": 2}
    complete = all(len(dataset.get(name) or ()) == length for name, length in lengths.items())
    grey = str(dataset.get("PhotometricInterpretation") or "MONOCHROME2").startswith("MONOCHROME")
    return (
        complete
        and grey
        and bool(dataset.get("Rows") and dataset.get("Columns"))
        and (dataset.get("SamplesPerPixel", 1) == 1)
    )


def _header(dataset: Dataset, path: Path, frame: int | None = None) -> Header:
    row, column = _directions([float(value) for value in dataset.ImageOrientationPatient], path)
    rows_mm, columns_mm = (float(value) for value in dataset.PixelSpacing)
    x, y, z = (float(value) for value in dataset.ImagePositionPatient)
    spacing, position = (rows_mm, columns_mm), (x, y, z)
    if not np.isfinite([*spacing, *position]).all() or min(spacing) <= 0:
        raise SubjectError(
            "bad_geometry",
            f"{path}: PixelSpacing {spacing}, ImagePositionPatient {position}; wanted finite mm and spacing above 0",
        )
    instance = _number(dataset.get("InstanceNumber"))
    slope, intercept = _number(dataset.get("RescaleSlope")), _number(dataset.get("RescaleIntercept"))
    return Header(
        path=path,
        shape=(int(dataset.Rows), int(dataset.Columns)),
        spacing_mm=spacing,
        row=row,
        column=column,
        position=position,
        thickness_mm=_number(dataset.get("SliceThickness")),
        trigger_ms=_number(dataset.get("TriggerTime")),
        instance=None if instance is None else int(instance),
        acquired=_number(dataset.get("AcquisitionTime")),
        series=(str(dataset.get("SeriesInstanceUID") or ""), str(dataset.get("SeriesNumber") or "")),
        study=(str(dataset.get("StudyInstanceUID") or ""), str(dataset.get("PatientID") or "")),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        overlays=tuple(overlays.read_overlays(dataset, str(path))),
        frame=frame,
    )


def _directions(orientation: list[float], path: Path) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm([row, column], axis=1)
    # 1e-2: exporters that write four digits are well within it, a wrong vector is not
    if not (np.abs(lengths - 1) < 1e-2).all() or abs(row @ column) > 1e-2:
        raise SubjectError(
            "bad_geometry",
            f"{path}: ImageOrientationPatient {orientation}; wanted two unit vectors at right angles",
        )
    return tuple(row / lengths[0]), tuple(column / lengths[1])


def _number(value: Any) -> float | None:
    """A number from a DICOM value, None if it is empty, not finite or no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _brief(fault: Exception) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())[:200]}"
