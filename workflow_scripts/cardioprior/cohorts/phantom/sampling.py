"""Looks up the moving heart at any points: how far inside each border they lie, and which material they are.

The heart's frame has its origin at the LV's endocardial apex at ED, z along the long axis towards the base, x towards
the middle of the septum and y towards the anterior wall, in mm. Tables over (z, angle) hold every frame's borders with
the twist already in them, so a point costs one lookup. All of it runs where the tables are (CPU or GPU).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from cardioprior.cohorts.phantom.anatomy import ANGLES, HEIGHTS, RV_THINNEST_MM
from cardioprior.cohorts.phantom.interpolation import Along, along_each, turned
from cardioprior.cohorts.phantom.motion import SEPTAL_DRIFT_MM, Beat
from cardioprior.cohorts.phantom.surface import Surface, papillary_borders

Z_STEP_MM = 1.0
SAC_TOP_HEIGHT, NOWHERE_MM = 1.15, -20.0
# Borders are radii in mm. `blood` and `rv_blood` are the cavities between their trabeculae, `near_papillary` and
# `far_papillary` bound a papillary muscle along the radius, `sac` is the pericardium.
BORDERS = ("endocardium", "blood", "epicardium", "free_wall", "rv_blood", "sac", "near_papillary", "far_papillary")


@dataclass(frozen=True)
class Points:
    """Points of the heart's frame in F frames, all (F, ...): place, distance from the LV's axis, borders, valve.

    z_mm is straightened: the mitral valve is a plane z = base. above_mm: how far above the mitral valve.
    """

    frames: slice
    x_mm: torch.Tensor
    y_mm: torch.Tensor
    z_mm: torch.Tensor
    radius_mm: torch.Tensor
    above_mm: torch.Tensor
    borders: tuple[torch.Tensor, ...]

    def border(self, name: str) -> torch.Tensor:
        """A border's radius at the points' height and angle, mm."""
        return self.borders[BORDERS.index(name)]

    def inside(self, name: str) -> torch.Tensor:
        """How far inside a border, mm, along the radius; negative outside."""
        return self.border(name) - self.radius_mm

    def sub_slice(self, index: int) -> Points:
        """The points of one sub-slice, for points (F, sub-slices, ...)."""
        x, y, z, radius, above = (
            part[:, index] for part in (self.x_mm, self.y_mm, self.z_mm, self.radius_mm, self.above_mm)
        )
        return Points(self.frames, x, y, z, radius, above, tuple(border[:, index] for border in self.borders))


@dataclass(frozen=True)
class MovingHeart:
    """The heart's tables. borders: (F, len(BORDERS), Z, A + 1), float32, of heights first_mm, first_mm + Z_STEP_MM, ...

    material: (F, 4, Z, A), what takes a point back to ED: stretch s and core k, so that the radius at ED is
    sqrt(k + s radius^2), the angle that was turned, and the height at ED in mm.
    base_mm, rv_base_mm, drift_mm: (F,), the valves' places and the shift of the axis towards the septum.
    valve_slope: of the mitral valve's plane along x and y. bend_mm: how far the axis bows.
    """

    borders: torch.Tensor
    material: torch.Tensor
    first_mm: float
    base_mm: torch.Tensor
    rv_base_mm: torch.Tensor
    drift_mm: torch.Tensor
    valve_slope: tuple[float, float]
    bend_mm: tuple[float, float]

    def look(self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor, frames: slice) -> Points:
        """The points (...), the same in each of the F frames, as each frame sees them."""
        x, y, z = x[None], y[None], z[None]
        column = (slice(None),) + (None,) * (x.ndim - 1)
        length = self.base_mm[frames][column]
        share = (z / length).clamp(0, 1.3)
        bow = (4 * share * (1 - share)) ** 2
        x = x - self.drift_mm[frames][column] - self.bend_mm[0] * bow
        y = y - self.bend_mm[1] * bow
        z = z - share * (self.valve_slope[0] * x + self.valve_slope[1] * y)
        angle = torch.atan2(y, x)
        found = self._borders(angle, z, frames)
        return Points(frames, x, y, z, torch.hypot(x, y), z - length, found)

    def _borders(self, angle: torch.Tensor, z: torch.Tensor, frames: slice) -> tuple[torch.Tensor, ...]:
        tables = self.borders[frames]
        rows = tables.shape[2]
        grid = torch.stack(
            (angle * (1 / math.pi), (z - self.first_mm) * (2 / (Z_STEP_MM * (rows - 1))) - 1), dim=-1
        ).reshape(len(tables), 1, -1, 2)
        values = F.grid_sample(tables, grid, mode="bilinear", padding_mode="border", align_corners=True)
        return values.reshape(len(tables), tables.shape[1], *angle.shape[1:]).unbind(1)

    def material_mm(self, points: Points, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Where the material of the points in `mask` was at ED, flat x, y, z: what moves with the wall is a function of
        these. Looked up in the nearest cell of the tables, which is finer than any texture."""
        frame = mask.nonzero()[:, 0] + (points.frames.start or 0)
        angle = torch.atan2(points.y_mm[mask], points.x_mm[mask])
        column = ((angle * (ANGLES / (2 * math.pi))).round().long() + ANGLES // 2) % ANGLES
        row = ((points.z_mm[mask] - self.first_mm) / Z_STEP_MM).round().long().clamp_(0, self.material.shape[2] - 1)
        stretch, core, twist, z = self.material[frame, :, row, column].unbind(1)
        radius = (core + stretch * points.radius_mm[mask] ** 2).clamp_min(0).sqrt()
        return radius * torch.cos(angle - twist), radius * torch.sin(angle - twist), z


def tabulate(beat: Beat, surface: Surface, device: torch.device) -> MovingHeart:
    """The tables of a beat; `surface` has what lies on the borders."""

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float32, device=device)

    first_mm = float(beat.z_mm.min()) - 2
    z = tensor(np.arange(first_mm, float(beat.z_mm[:, -1].max()) + 1, Z_STEP_MM))
    at_z = Along(tensor(beat.z_mm), z)
    height, twist, stretch = (
        at_z(tensor(rows)) for rows in (HEIGHTS[:, None], beat.twist_rad[..., None], beat.stretch[..., None])
    )
    rv_z = tensor(beat.rv_z_mm)
    free_wall = along_each(tensor(beat.free_wall), rv_z, z[None, :, None])
    free_wall = torch.where(z[None, :, None] > rv_z[:, -1:], 0.0, free_wall)  # no RV above its own top
    borders = _borders(at_z(tensor(beat.endocardium)), at_z(tensor(beat.epicardium)), free_wall, height, surface, at_z)
    core = at_z(tensor(beat.heart.endocardium)) ** 2 - stretch * borders[0] ** 2
    material = torch.broadcast_tensors(stretch, core, twist, height * beat.heart.person.lv_length_mm)
    tables = turned(torch.stack([*borders, *material], dim=1), twist[..., 0])
    drawn = tables[:, : len(BORDERS)]
    return MovingHeart(
        borders=torch.cat([drawn, drawn[..., :1]], dim=3),
        material=tables[:, len(BORDERS) :],
        first_mm=first_mm,
        base_mm=tensor(beat.base_mm),
        rv_base_mm=tensor(beat.rv_base_mm),
        drift_mm=tensor(SEPTAL_DRIFT_MM * beat.contraction),
        valve_slope=beat.heart.person.valve_slope,
        bend_mm=beat.heart.person.bend_mm,
    )


def _borders(
    endocardium: torch.Tensor,
    epicardium: torch.Tensor,
    free_wall: torch.Tensor,
    height: torch.Tensor,
    surface: Surface,
    at_z: Along,
) -> tuple[torch.Tensor, ...]:
    """All of BORDERS, each (F, Z, A), in the material's angles."""
    ridges, fat_mm = (
        at_z(torch.as_tensor(table, dtype=torch.float32, device=height.device))
        for table in (surface.trabeculae_mm * surface.ridges, surface.fat_mm)
    )
    free_wall = torch.where(free_wall > epicardium + RV_THINNEST_MM, free_wall, epicardium)
    blood = (endocardium - ridges * (1.3 - height.clamp(0, 1))).clamp_min(0)
    rv_blood = torch.maximum(free_wall - 1.5 * ridges, epicardium)
    wall = torch.where(free_wall > epicardium, free_wall + surface.rv_wall_mm, epicardium)
    # The pericardium ends below the apex and above the valves, where the atria have their own.
    sac = torch.where((epicardium > 0) & (height < SAC_TOP_HEIGHT), wall + fat_mm, NOWHERE_MM)
    papillaries = papillary_borders(surface.papillaries, endocardium, height)
    return endocardium, blood, epicardium, free_wall, rv_blood, sac, *papillaries
