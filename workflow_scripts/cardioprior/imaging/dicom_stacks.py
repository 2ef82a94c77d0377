"""Stacks of parallel DICOM images, found by their geometry whatever their folders, names and series.

Only ImagePositionPatient, ImageOrientationPatient and PixelSpacing are trusted: SliceLocation and SpacingBetweenSlices
are wrong or missing in real data, SeriesDescription too, and a stack may come as one series, one series a slice, or
one folder of everything.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cardioprior.imaging.dicom_files import Files, Header, read_files
from cardioprior.imaging.dicom_turned import turned_like

PARALLEL = np.cos(np.radians(1.0))  # planes within one degree are parallel: 2 mm at the edge of a field of 240 mm
SAME_POSITION_MM = 0.2  # frames of a slice share their position to rounding; no two slices are nearer than 1 mm


@dataclass(frozen=True, eq=False)
class Stack:
    """Files in parallel planes of one matrix and pixel spacing, not yet checked.

    slices: by position along the normal (row x column), increasing; the frames of a slice in no order.
    """

    folder: str
    slices: tuple[tuple[Header, ...], ...]

    @property
    def heights_mm(self) -> np.ndarray:
        """Position of each slice along the normal."""
        return np.array([files[0].position for files in self.slices]) @ self.normal

    @property
    def normal(self) -> np.ndarray:
        """Unit vector row x column, LPS."""
        return np.cross(self.slices[0][0].row, self.slices[0][0].column)

    @property
    def frames(self) -> int:
        """Number of frames that most slices have."""
        counts = Counter(len(files) for files in self.slices)
        return max(counts, key=lambda count: (counts[count], count))


@dataclass(frozen=True)
class Study:
    """All stacks below some folders, and all files that were looked at."""

    folder: str
    stacks: tuple[Stack, ...]
    files: Files


def find_stacks(paths: Iterable[Path]) -> Study:
    """Stacks among the files and below the folders given, largest first; reads headers only.

    Raises SubjectError as dicom_files.read_files does; what is wrong in a stack is found by dicom.sort_frames.
    """
    paths = [Path(path) for path in paths]
    files = read_files(paths)
    planes: dict[tuple, list[Header]] = {}
    for file in files.images:
        planes.setdefault((file.row, file.column, file.shape, file.spacing_mm), []).append(file)
    groups: list[list[Header]] = []
    for alike in planes.values():
        group = next((group for group in groups if _one_stack(group[0], alike[0])), None)
        if group is None:
            groups.append(list(alike))
        else:
            group.extend(alike)
    found = [_stack(group) for group in _with_turned(sorted(groups, key=len, reverse=True))]
    stacks = sorted(found, key=lambda stack: -sum(map(len, stack.slices)))
    folder = common_folder(path if path.is_dir() else path.parent for path in paths)
    return Study(folder, tuple(stacks), files)


def _with_turned(groups: list[list[Header]]) -> list[list[Header]]:
    """Groups, the largest first, with those that continue a larger one once their axes are turned to its axes."""
    kept: list[list[Header]] = []
    for group in groups:
        for larger in kept:
            turned = [turned_like(file, larger[0]) for file in group]
            files = [file for file in turned if file is not None and _one_stack(larger[0], file)]
            if len(files) == len(group) and any(any(file.turn) for file in files) and _between(files, larger):
                larger.extend(files)
                break
        else:
            kept.append(list(group))
    return kept


def _between(files: Sequence[Header], larger: Sequence[Header]) -> bool:
    """Whether slices lie where others lack: none at one of their places, none further off than their largest step."""
    normal = np.cross(larger[0].row, larger[0].column)
    theirs = np.unique(np.round(np.array([file.position for file in larger]) @ normal, 1))
    mine = np.array([file.position for file in files]) @ normal
    if len(theirs) < 2:
        return False
    gaps = np.abs(mine[:, None] - theirs[None]).min(axis=1)
    return bool((gaps > SAME_POSITION_MM).all() and (gaps < 1.5 * np.diff(theirs).max()).all())


def _one_stack(one: Header, other: Header) -> bool:
    return one.shape == other.shape and parallel(one, other) and np.allclose(one.spacing_mm, other.spacing_mm, 1e-3, 0)


def parallel(one: Header, other: Header) -> bool:
    """True if the planes, and the rows in them, have the same directions."""
    return min(np.dot(one.row, other.row), np.dot(one.column, other.column)) >= PARALLEL


def _stack(files: Sequence[Header]) -> Stack:
    normal = np.cross(files[0].row, files[0].column)
    heights = np.array([file.position for file in files]) @ normal
    slices: list[list[Header]] = []
    last = -np.inf
    for index in np.argsort(heights, kind="stable"):
        if heights[index] - last > SAME_POSITION_MM:
            slices.append([])
        slices[-1].append(files[index])
        last = heights[index]
    return Stack(common_folder(file.path.parent for file in files), tuple(map(tuple, slices)))


def common_folder(folders: Iterable[Path]) -> str:
    """The folder that holds them all, for sentences."""
    names = {str(folder) for folder in folders}
    return os.path.commonpath(names) if names else "."
