"""Where the LV's cavity ends at its base: the plane of the mitral valve, and the ellipsoid between it and the apex.

A closed surface would leak past the valve, which is a thin sheet beside an open outflow tract. So the plane is looked
for, rays towards it pull nothing, and the surface is cut there (a treatment of our own: a guess).
"""

from __future__ import annotations

import numpy as np

from cardioprior.inference.beas_energy import LARGEST, STEP
from cardioprior.inference.beas_sector import Sector
from cardioprior.inference.beas_surface import Ellipsoid, Surface

#: the sheet's thickness above the plane, and the blood below it, along the axis
SHEET_MM, BLOOD_MM = (0.5, 2.0, 3.5), (-9.0, -7.0, -5.0, -3.0)
#: share of the cross-section that is looked at
WIDTH = 0.8
#: heights, in half axes of the ellipsoid, and slopes that are tried
HEIGHTS = np.arange(0.0, 1.21, 0.03)
SLOPES = np.linspace(-0.5, 0.5, 11)
#: height of the valve in the frame of the ellipsoid that is fitted between apex and valve
FITTED = 0.6
#: usual slope: a valve is about at right angles to the axis
USUAL_SLOPE, RELUCTANCE = 0.3, 0.02
RINGS, SPOKES = 5, 16


def base_plane(sector: Sector, surface: Surface, heights: np.ndarray = HEIGHTS) -> tuple[float, float, float]:
    """Height and slopes (see Surface.base) of the plane over which the picture brightens most within the surface's
    cross-section; first without slopes."""
    flat = np.stack([heights, 0 * heights, 0 * heights], axis=1)
    level = flat[_brightening(sector, surface, flat).argmax(), 0]
    near = level + np.arange(-0.15, 0.151, 0.03)
    tried = np.stack(np.meshgrid(near, SLOPES, SLOPES, indexing="ij"), axis=-1).reshape(-1, 3)
    unusual = (tried[:, 1:] ** 2).sum(axis=1) / USUAL_SLOPE**2
    height, across, down = tried[(_brightening(sector, surface, tried) - RELUCTANCE * unusual).argmax()]
    return float(height), float(across), float(down)


def between(ellipsoid: Ellipsoid, height: float) -> Ellipsoid:
    """An ellipsoid of the same apex and width whose height FITTED lies where `height` of the given one does."""
    longer = (height + 1) / (FITTED + 1)
    axes = ellipsoid.axes_mm * np.array([[1.0], [1.0], [longer]])
    apex_mm = ellipsoid.centre_mm - ellipsoid.axes_mm[2]
    return Ellipsoid(apex_mm + axes[2], axes)


def faces_wall(directions: np.ndarray, radius: np.ndarray, base: tuple[float, float, float]) -> np.ndarray:
    """Which vectors (n, 3) leave a surface of radii (n,) below a base."""
    x, y, z = (directions * radius[:, None]).T
    found: np.ndarray = z < base[0] + base[1] * x + base[2] * y
    return found


def _brightening(sector: Sector, surface: Surface, planes: np.ndarray) -> np.ndarray:
    """For planes (n, 3): mean of the sheet less mean of the blood below it, over a disc of the plane, (n,); 0 where
    most of the sheet was not scanned."""
    disc = _disc() * (WIDTH * _half_width(surface, float(np.median(planes[:, 0]))))
    levels = np.arange(-1.0, LARGEST, STEP)
    local = np.concatenate(
        [np.repeat(disc[:, None], len(levels), axis=1), np.tile(levels[:, None], (len(disc), 1, 1))], axis=-1
    )
    places = surface.ellipsoid.centre_mm + local @ surface.ellipsoid.axes_mm
    known = sector.holds(places)
    values = np.where(known, sector.values(places), 0)
    heights = planes[:, :1] + planes[:, 1:] @ disc.T  # (n, points)
    long_mm = np.linalg.norm(surface.ellipsoid.axes_mm[2])
    column = np.arange(len(disc))

    def mean(offsets_mm: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
        steps = ((heights + np.array(offsets_mm)[:, None, None] / long_mm + 1) / STEP).round().astype(int)
        steps = steps.clip(0, len(levels) - 1)
        count = known[column, steps].sum(axis=(0, 2))
        return values[column, steps].sum(axis=(0, 2)) / count.clip(1), count / steps[:, 0].size

    (sheet, seen), (blood, _) = mean(SHEET_MM), mean(BLOOD_MM)
    found: np.ndarray = np.where(seen > 0.5, sheet - blood, 0)
    return found


def _half_width(surface: Surface, height: float) -> float:
    """Mean distance of the surface from the axis where the plane is, no less than a third of the ellipsoid's."""
    around = np.linspace(0, 2 * np.pi, SPOKES, endpoint=False)
    level = min(height, 0.8)
    width = 0.8
    for _ in range(4):  # the direction in which the surface has this height depends on its width there
        along = np.stack([width * np.cos(around), width * np.sin(around), np.full(SPOKES, level)], axis=1)
        lengths = np.linalg.norm(along, axis=1)
        radius = surface.radius(along / lengths[:, None])
        width = float(np.clip((radius * width / lengths).mean(), 0.33, 1.5))
    return width


def _disc() -> np.ndarray:
    """Points (n, 2) that stand for equal areas of the unit disc."""
    radius = np.sqrt((np.arange(RINGS) + 0.5) / RINGS)[:, None]
    turn = 2 * np.pi / SPOKES * (np.arange(SPOKES) + 0.5 * np.arange(RINGS)[:, None])
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1).reshape(-1, 2)
