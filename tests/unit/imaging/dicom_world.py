"""Small DICOM worlds for tests: cines of a few pixels with known places and times."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from cardioprior.imaging.overlays import draw, pack

REAL_DATA = Path(os.environ.get("CMR_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))

# a plane that is oblique to all three axes
ROW = np.array([0.8, 0.0, 0.6])
COLUMN = np.array([0.36, 0.8, -0.48])
NORMAL = np.cross(ROW, COLUMN)
ORIGIN = np.array([-90.0, -120.5, 30.25])
STEP_MM = 9.0
ROW_SPACING_MM, COLUMN_SPACING_MM = 1.5, 1.25


def real_data(folder: str) -> Path:
    """A folder of the real data, or the test is skipped."""
    path = REAL_DATA / folder
    if not path.is_dir():
        pytest.skip(f"real data absent: {path} (CMR_TEST_DATA names another place)")
    return path


def dataset(pixels: np.ndarray, position: Sequence[float], **tags: Any) -> Dataset:
    """One MR image, as a dataset that can be changed before it is written; `tags` override, None removes."""
    image = Dataset()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    image.SOPInstanceUID = generate_uid()
    image.Modality, image.Manufacturer = "MR", "SIEMENS"
    image.StudyDate = image.SeriesDate = image.AcquisitionDate = "20200101"
    image.StudyTime = image.SeriesTime = image.AcquisitionTime = "120000"
    image.StudyInstanceUID, image.SeriesInstanceUID, image.SeriesNumber = "1.2.3", "1.2.3.1", 1
    image.PatientName, image.PatientID, image.PatientPosition = "world", "world", "HFS"
    image.EchoTime, image.RepetitionTime = "1.5", "30"
    image.ImageOrientationPatient = [f"{value:.6f}" for value in (*ROW, *COLUMN)]
    image.ImagePositionPatient = [f"{value:.6f}" for value in position]
    image.PixelSpacing = [ROW_SPACING_MM, COLUMN_SPACING_MM]
    image.SliceThickness = 6
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelRepresentation = int(pixels.dtype.kind == "i")
    image.PixelData = pixels.astype(f"<{pixels.dtype.kind}2").tobytes()
    for name, value in tags.items():
        if value is None:
            delattr(image, name)
        else:
            setattr(image, name, value)
    return image


def add_overlays(image: Dataset, outlines: Mapping[int, np.ndarray], texts: Mapping[int, str] | None = None) -> None:
    """Puts bool pictures into the overlay groups that are their keys."""
    for group, bits in outlines.items():
        image.add_new((group, 0x0010), "US", bits.shape[0])
        image.add_new((group, 0x0011), "US", bits.shape[1])
        image.add_new((group, 0x0015), "IS", 1)
        if texts and group in texts:
            image.add_new((group, 0x0022), "LO", texts[group])
        image.add_new((group, 0x0040), "CS", "G")
        image.add_new((group, 0x0050), "SS", [1, 1])
        image.add_new((group, 0x0100), "US", 1)
        image.add_new((group, 0x0102), "US", 0)
        image.add_new((group, 0x3000), "OW", pack(bits))


def write(path: Path, image: Dataset) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta = meta
    pydicom.dcmwrite(path, image, enforce_file_format=True)
    return path


def pixels_of(t: int, z: int, shape: tuple[int, int] = (6, 8)) -> np.ndarray:
    """Pixels that tell their frame, slice, row and column: 1000 t + 100 z + 10 row + column."""
    row, column = np.indices(shape)
    return (1000 * t + 100 * z + 10 * row + column).astype(np.uint16)


def position_of(z: int) -> np.ndarray:
    return ORIGIN + z * STEP_MM * NORMAL


def one_folder(root: Path, t: int, z: int, frames: int) -> Path:
    """Instance numbers run from the last slice to the first, file names say nothing."""
    return root / f"{(7 * (t + z * frames)) % 97:03d}"


def folder_a_slice(root: Path, t: int, z: int, frames: int) -> Path:
    return root / f"slice{(z * 5 + 3) % 7}" / f"IM{t}.IMA"


def write_cine(
    root: Path,
    frames: int = 3,
    slices: int = 4,
    name: Callable[[Path, int, int, int], Path] = one_folder,
    change: Callable[[Dataset, int, int], Dataset | None] = lambda image, t, z: image,
    shape: tuple[int, int] = (6, 8),
) -> list[Path]:
    """A cine with `pixels_of` in every frame; `change` may edit or (None) drop a file. Heart rate differs by slice."""
    written = []
    for z in range(slices):
        for t in range(frames):
            number = (slices - 1 - z) * frames + t + 1
            image = dataset(
                pixels_of(t, z, shape), position_of(z), TriggerTime=f"{t * (40 + z):.1f}", InstanceNumber=number
            )
            image = change(image, t, z)
            if image is not None:
                written.append(write(name(root, t, z, frames), image))
    return written


def heart(shape: tuple[int, int], centre: tuple[int, int], radius: float, wall: float) -> dict[str, np.ndarray]:
    """Masks of a slice: LV a disc, EPI the disc with its wall, RV a crescent to the left of it, two pixels away."""
    row, column = np.indices(shape)
    from_lv = np.hypot(row - centre[0], column - centre[1])
    from_rv = np.hypot(row - centre[0], column - centre[1] + 1.2 * radius + wall)
    outer = from_lv <= radius + wall
    return {
        "LV": from_lv <= radius,
        "EPI": outer,
        "RV": (from_rv <= 1.4 * radius + wall) & (from_lv > radius + wall + 2),
    }


def outlines_of(masks: Mapping[str, np.ndarray], groups: Mapping[str, int]) -> dict[int, np.ndarray]:
    """Outlines by overlay group; structures in one group are drawn into one plane, empty ones are left out."""
    found: dict[int, np.ndarray] = {}
    for name, group in groups.items():
        if masks[name].any():
            found[group] = found.get(group, False) | draw(masks[name])
    return found
