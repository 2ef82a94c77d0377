"""Small NIfTI worlds for tests of adapters: a heart of a few voxels on an oblique grid."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from cardioprior import registry
from cardioprior.cohorts.contract import Cohort, LoadedSubject
from cardioprior.imaging.nifti import write_volume
from cardioprior.imaging.volume import Volume

SHAPE_ZYX = (4, 12, 14)
#: columns: along x, y and z of the grid, LPS mm; 1.5 x 1.25 x 8 mm
AFFINE = np.array([[1.2, 0, -4.8, -50], [0, 1.25, 0, 20.25], [0.9, 0, 6.4, 7.5], [0, 0, 0, 1.0]])
OURS = {"LV": 1, "MYO": 2, "RV": 3}
REVERSED = {"LV": 3, "MYO": 2, "RV": 1}


def heart(values: dict[str, int] = OURS, lv_half: int = 2) -> np.ndarray:
    """Labels (z, y, x): LV a square of 2 * lv_half voxels a side with a wall of one voxel, RV to the left of it."""
    labels = np.zeros(SHAPE_ZYX, np.uint8)
    top, left = 6 - lv_half, 9 - lv_half
    labels[:, top - 1 : 7 + lv_half, left - 1 : 10 + lv_half] = values["MYO"]
    labels[:, top : 6 + lv_half, left : 9 + lv_half] = values["LV"]
    labels[:, 4:8, 2 : left - 1] = values["RV"]
    return labels


def picture(frame: int = 0) -> np.ndarray:
    """A ramp (z, y, x), one brighter in every frame."""
    return (np.arange(np.prod(SHAPE_ZYX)).reshape(SHAPE_ZYX) + frame).astype(np.int16)


def cine(frames: int) -> np.ndarray:
    return np.stack([picture(frame) for frame in range(frames)])


def labelled(frames: int, ed: int, es: int, values: dict[str, int] = OURS) -> np.ndarray:
    """Labels (t, z, y, x) in two frames, the LV smaller at ES."""
    result = np.zeros((frames, *SHAPE_ZYX), np.uint8)
    result[ed], result[es] = heart(values, 2), heart(values, 1)
    return result


def save(path: Path, data: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    """Writes (z, y, x) or (t, z, y, x)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_volume(path, Volume(data if data.ndim == 4 else data[None], affine))
    return path


def save_with_units(path: Path, data: np.ndarray, affine: np.ndarray, unit: str) -> Path:
    """Writes (z, y, x) with a unit of lengths of the header's own."""
    image = nibabel.Nifti1Image(data.T, np.diag([-1, -1, 1, 1]) @ affine)
    image.header.set_xyzt_units(unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path


def cohort(adapter: str, root: Path, **settings: object) -> Cohort:
    entry = registry.entry("cohorts", adapter)
    return entry(entry.Settings(adapter=adapter, root=root, **settings), root, "mine", 0)


def load(adapter: str, root: Path, subject: str | None = None) -> LoadedSubject:
    """The subject of that id, or the only one."""
    opened = cohort(adapter, root)
    found = {one.id: one for one in opened.find()}
    if subject is None:
        (subject,) = found
    return opened.load(found[subject])
