"""The short-axis stack: how many slices, where, and how the picture lies in the patient."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cardioprior.cohorts.phantom.population import Person


@dataclass(frozen=True)
class Stack:
    """The acquisition's grid.

    z_mm: centre of each slice above the endocardial apex at ED, rising from apex to base, which is also the direction
        of the slice normal (row direction x column direction), so that z rises along the array's axis.
    shift_mm: (slices, 2), the in-plane displacement (x, y) of the body in each slice: every slice has a breath-hold of
        its own (about 1 mm SD, McLeish et al., IEEE TMI 2002;21:1142, report several mm for uncoached breathing).
    row, column: unit vectors (LPS) along which x and y rise.
    """

    matrix: int
    pixel_mm: float
    thickness_mm: float
    spacing_mm: float
    frames: int
    z_mm: np.ndarray
    shift_mm: np.ndarray
    row: np.ndarray
    column: np.ndarray
    centre_lps_mm: np.ndarray

    @property
    def normal(self) -> np.ndarray:
        """Unit vector from slice to slice, apex to base."""
        return np.cross(self.row, self.column)

    def position_lps_mm(self, index: int) -> np.ndarray:
        """Centre of the first pixel of a slice (ImagePositionPatient), rounded as it is written."""
        corner = -(self.matrix - 1) / 2 * self.pixel_mm
        middle = (len(self.z_mm) - 1) / 2
        offset = (self.row + self.column) * corner + self.normal * (index - middle) * self.spacing_mm
        return np.round(self.centre_lps_mm + offset, 5)

    def affine(self) -> np.ndarray:
        """4 x 4, voxel (x, y, z) to LPS mm."""
        affine = np.eye(4)
        affine[:3, 0], affine[:3, 1] = self.row * self.pixel_mm, self.column * self.pixel_mm
        affine[:3, 2], affine[:3, 3] = self.normal * self.spacing_mm, self.position_lps_mm(0)
        return affine


def plan(
    person: Person,
    rng: np.random.Generator,
    *,
    matrix: int,
    pixel_mm: tuple[float, float],
    slices: tuple[int, int],
    frames: tuple[int, int],
    thickness_mm: float,
    gap_mm: float,
) -> Stack:
    """A stack that covers the LV from below the apex to above the base, as far as the range of slice numbers allows.

    One slice reaches into the atria, as in clinical protocols; where the base lies between two slices differs.
    """
    spacing_mm = thickness_mm + gap_mm
    needed = math.ceil((person.lv_length_mm + person.cap_mm) / spacing_mm) + 1 + int(rng.integers(0, 2))
    count = int(np.clip(needed, *slices))
    middle_mm = (person.lv_length_mm - person.cap_mm) / 2 + rng.uniform(-0.25, 0.5) * spacing_mm
    row, column = _directions(np.asarray(person.base_to_apex))
    return Stack(
        matrix=matrix,
        pixel_mm=round(float(rng.uniform(*pixel_mm)), 4),
        thickness_mm=thickness_mm,
        spacing_mm=spacing_mm,
        frames=int(rng.integers(frames[0], frames[1] + 1)),
        z_mm=middle_mm + (np.arange(count) - (count - 1) / 2) * spacing_mm,
        shift_mm=rng.normal(0, 1.0, (count, 2)),
        row=row,
        column=column,
        centre_lps_mm=np.asarray(person.centre_lps_mm),
    )


def _directions(base_to_apex: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column direction of a picture seen from the apex, feet at the bottom: the RV is on the left.

    Rounded to eight decimals, as DICOM's decimal strings are written.
    """
    normal = -base_to_apex
    down = np.array([0.0, 0.0, -1.0])
    column = down - normal * (down @ normal)
    column /= np.linalg.norm(column)
    return np.round(np.cross(column, normal), 8), np.round(column, 8)
