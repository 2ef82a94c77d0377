"""Where pictures are taken: the short-axis stack, a high-resolution volume, the four-chamber plane, a cube."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from cardioprior.cohorts.phantom.population import Person


@dataclass(frozen=True)
class Grid:
    """Voxels in the body's frame (mm; x along a picture's rows, y down, z from apex to base, 0 in the LV's middle).

    first_mm: centre of voxel (0, 0, 0). axes: unit vectors along which x, y and z of the array rise, as rows.
    spacing_mm: from slice to slice, thickness_mm: of a slice. shift_mm: (slices, 3), the body's displacement in each
    slice: every slice has a breath-hold of its own. ring: how labels are drawn (acquisition.draw_labels).
    to_lps: 3 x 3, body's frame to patient's, and centre_lps_mm of its origin.
    """

    shape_zyx: tuple[int, int, int]
    pixel_mm: float
    spacing_mm: float
    thickness_mm: float
    sub_slices: int
    first_mm: np.ndarray
    axes: np.ndarray
    shift_mm: np.ndarray
    ring: bool
    to_lps: np.ndarray
    centre_lps_mm: np.ndarray

    def points(
        self, index: int, device: torch.device, sub_slices: int = 1, every: int = 1
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x, y, z, each (sub_slices, rows, columns), of the tissue that slice `index` sees; of every n-th pixel."""
        _, rows, columns = self.shape_zyx
        across = torch.arange(0, columns, every, dtype=torch.float32, device=device) * self.pixel_mm
        down = torch.arange(0, rows, every, dtype=torch.float32, device=device) * self.pixel_mm
        through = (torch.arange(sub_slices, dtype=torch.float32, device=device) + 0.5) / sub_slices - 0.5
        through = through * self.thickness_mm + index * self.spacing_mm
        start = self.first_mm - self.shift_mm[index]
        u, v, w = (self.axes[k] for k in range(3))
        return tuple(
            float(start[k])
            + across[None, None, :] * float(u[k])
            + down[None, :, None] * float(v[k])
            + through[:, None, None] * float(w[k])
            for k in range(3)
        )  # type: ignore[return-value]

    @property
    def matrix(self) -> int:
        """Columns of a picture, which is square where it is written as DICOM."""
        return self.shape_zyx[2]

    @property
    def row(self) -> np.ndarray:
        """Unit vector (LPS) along which x rises, with eight decimals."""
        return self.directions_lps()[0]

    @property
    def column(self) -> np.ndarray:
        """Unit vector (LPS) along which y rises, with eight decimals."""
        return self.directions_lps()[1]

    @property
    def normal(self) -> np.ndarray:
        """Unit vector (LPS) from slice to slice."""
        return self.directions_lps()[2]

    def directions_lps(self) -> np.ndarray:
        """Unit vectors of the array's x, y and z in the patient, as rows; x and y with eight decimals, as in DICOM."""
        row, column = np.round(self.axes[:2] @ self.to_lps.T, 8)
        return np.stack([row, column, np.cross(row, column)])

    def position_lps_mm(self, index: int) -> np.ndarray:
        """Centre of the first pixel of a slice (ImagePositionPatient), with five decimals."""
        place = self.first_mm + index * self.spacing_mm * self.axes[2]
        return np.round(self.centre_lps_mm + self.to_lps @ place, 5)

    def affine(self) -> np.ndarray:
        """4 x 4, voxel (x, y, z) to LPS mm."""
        affine = np.eye(4)
        scale = (self.pixel_mm, self.pixel_mm, self.spacing_mm)
        affine[:3, :3] = (self.directions_lps() * np.array(scale)[:, None]).T
        affine[:3, 3] = self.position_lps_mm(0)
        return affine


def short_axis(
    person: Person,
    rng: np.random.Generator,
    *,
    matrix: int,
    pixel_mm: tuple[float, float],
    slices: tuple[int, int],
    beyond: tuple[int, int],
    thickness_mm: float,
    gap_mm: float,
    breathing_mm: float,
) -> Grid:
    """A stack that covers the LV from its apex to its base at ED, as far as the range of slice numbers allows.

    beyond: range of the number of slices above the base. Where apex and base lie between two slices differs.
    breathing_mm: usual SD along an axis of the displacement between breath-holds; some hold their breath worse than
    others (log-normal over subjects, as measured on patients, docs/phantom.md).
    """
    spacing_mm = thickness_mm + gap_mm
    needed = math.ceil((person.lv_length_mm + person.cap_mm) / spacing_mm)
    count = int(np.clip(needed + int(rng.integers(beyond[0], beyond[1] + 1)), *slices))
    too_few = min(count - needed, 0)
    lowest_mm = -person.lv_length_mm / 2 - person.cap_mm + (rng.uniform(0, 1) - too_few / 2) * spacing_mm
    pixel = round(float(rng.uniform(*pixel_mm)), 4)
    half = (matrix - 1) / 2 * pixel
    first = np.array([-half, -half, lowest_mm])
    shift = rng.normal(0, 1, (count, 3)) * breathing_mm * math.exp(rng.normal(0, 0.55))
    grid = _grid(person, (count, matrix, matrix), pixel, spacing_mm, first, np.eye(3))
    return replace(grid, thickness_mm=thickness_mm, sub_slices=3, shift_mm=shift - shift.mean(axis=0), ring=True)


def volume(person: Person, *, pixel_mm: float, spacing_mm: float, shape_zyx: tuple[int, int, int]) -> Grid:
    """A volume around the LV's middle, slices touching, taken in one breath-hold."""
    scale = np.array([pixel_mm, pixel_mm, spacing_mm])
    first = -(np.array(shape_zyx[::-1]) - 1) / 2 * scale
    return _grid(person, shape_zyx, pixel_mm, spacing_mm, first, np.eye(3))


def four_chamber(person: Person, *, matrix: int, pixel_mm: float, thickness_mm: float) -> Grid:
    """The plane through the LV's axis and the RV's acute margin, apex at the top, RV on the left."""
    axes = person.heart_axes()
    angle = -0.25  # a little below the septum's middle, where the RV is widest
    septal = axes[0] * math.cos(angle) + axes[1] * math.sin(angle)
    directions = np.stack([-septal, axes[2], np.cross(-septal, axes[2])])
    middle = person.heart_origin_mm() + axes[2] * (0.62 * person.lv_length_mm) + septal * 12
    half = (matrix - 1) / 2 * pixel_mm
    first = middle - half * (directions[0] + directions[1])
    grid = _grid(person, (1, matrix, matrix), pixel_mm, thickness_mm, first, directions)
    return replace(grid, sub_slices=3)


def _grid(
    person: Person,
    shape_zyx: tuple[int, int, int],
    pixel_mm: float,
    spacing_mm: float,
    first_mm: np.ndarray,
    axes: np.ndarray,
) -> Grid:
    return Grid(
        shape_zyx=shape_zyx,
        pixel_mm=pixel_mm,
        spacing_mm=spacing_mm,
        thickness_mm=spacing_mm,
        sub_slices=1,
        first_mm=first_mm,
        axes=axes,
        shift_mm=np.zeros((shape_zyx[0], 3)),
        ring=False,
        to_lps=_body_to_lps(np.asarray(person.base_to_apex)),
        centre_lps_mm=np.asarray(person.centre_lps_mm),
    )


def _body_to_lps(base_to_apex: np.ndarray) -> np.ndarray:
    """3 x 3: a picture seen from the apex, feet at the bottom, so that the RV is on the left."""
    normal = -base_to_apex
    down = np.array([0.0, 0.0, -1.0])
    column = down - normal * (down @ normal)
    column /= np.linalg.norm(column)
    return np.stack([np.cross(column, normal), column, normal], axis=1)
