"""Which studies lie below a folder: DICOM files in any layout, told apart by their headers.

A folder may hold several patients, and one patient's files may lie in several folders. Patient and study identifiers
together tell studies apart: some anonymisers give every patient the same StudyInstanceUID.
"""

from __future__ import annotations

import os
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardioprior.imaging.nifti_names import is_nifti_name

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: heights in m and weights in kg outside these are taken for unknown: people type cm, or 0, into such fields
HEIGHTS_M = (0.3, 2.5)
WEIGHTS_KG = (1.0, 400.0)
_DIRECTORY = "1.2.840.10008.1.3.10"  # a DICOMDIR lists files, it is no image
_TAGS: list[Any] = ["StudyInstanceUID", "PatientID", "PatientSex", "PatientSize", "PatientWeight"]


@dataclass(frozen=True)
class FoundStudy:
    """The files of a study, and what its first file's header says about the patient.

    uid, patient: StudyInstanceUID and PatientID; both empty where a file with a DICOM preamble cannot be parsed.
    sources: relative to the root; folders of which all DICOM files are this study's, and single files elsewhere.
    height_cm, weight_kg: None where unknown or impossible.
    """

    uid: str
    patient: str
    sources: tuple[Path, ...]
    sex: str = ""
    height_cm: float | None = None
    weight_kg: float | None = None


def find_studies(root: Path) -> list[FoundStudy]:
    """DICOM studies below a folder, by their first source; reads the start of every file and no pixels.

    A file with a DICOM preamble that cannot be parsed counts to the study in whose folder it lies alone; where there is
    none it is a study of its own, so that it is not lost in silence.
    """
    headers = {path: _header(root / path) for path in visible_files(root) if _is_dicom(root / path)}
    files = {path: header for path, header in headers.items() if header is not None and not _is_directory(header)}
    members: dict[tuple[str, str], list[Path]] = defaultdict(list)
    below: dict[Path, set[tuple[str, str]]] = defaultdict(set)
    for path, header in files.items():
        key = (_text(header, "StudyInstanceUID"), _text(header, "PatientID"))
        members[key].append(path)
        for folder in path.parents:
            below[folder].add(key)
    studies = [_study(key, paths, files[paths[0]], below) for key, paths in members.items()]
    broken = [path for path, header in headers.items() if header is None]
    studies += [FoundStudy("", "", (path,)) for path in broken if all(len(below[up]) != 1 for up in path.parents)]
    return sorted(studies, key=lambda study: study.sources)


def find_nifti(root: Path) -> list[Path]:
    """NIfTI files below a folder, relative to it."""
    return [path for path in visible_files(root) if is_nifti_name(path.name)]


def visible_files(root: Path) -> Iterator[Path]:
    """Files below a folder, relative to it, in the order of their paths; nothing that is hidden."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name).relative_to(root)


def body_size(header: Dataset) -> tuple[float | None, float | None]:
    """Height in cm and weight in kg of a header, each None where it is unknown or impossible."""
    height_m = _within(header.get("PatientSize"), HEIGHTS_M)
    return (None if height_m is None else round(100 * height_m, 2)), _within(header.get("PatientWeight"), WEIGHTS_KG)


def study_uid(path: Path) -> str:
    """The StudyInstanceUID of a DICOM file, as it stands there; empty if it has none."""
    header = _header(path)
    return _text(header, "StudyInstanceUID") if header is not None else ""


def _study(
    key: tuple[str, str], paths: list[Path], header: Dataset, below: dict[Path, set[tuple[str, str]]]
) -> FoundStudy:
    sources = {next((up for up in reversed(path.parents) if below[up] == {key}), path) for path in paths}
    height_cm, weight_kg = body_size(header)
    sex = str(header.get("PatientSex") or "")
    return FoundStudy(*key, tuple(sorted(sources)), sex if sex in ("F", "M") else "", height_cm, weight_kg)


def _is_dicom(path: Path) -> bool:
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _header(path: Path) -> Dataset | None:
    """A file's header, None if it cannot be parsed; its images are refused with the reason when they are read."""
    from pydicom import dcmread

    try:
        return dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
    except Exception:  # pydicom raises many kinds on broken bytes
        return None


def _text(header: Dataset, name: str) -> str:
    """An element as text, empty if it is missing. Invalid identifiers are common and only compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(header.get(name) or "")


def _is_directory(header: Dataset) -> bool:
    return str(header.file_meta.get("MediaStorageSOPClassUID") or "") == _DIRECTORY


def _within(value: Any, limits: tuple[float, float]) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if limits[0] <= number <= limits[1] else None
