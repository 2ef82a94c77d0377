"""A made-up apical volume: a cone of even tissue, in it a dark LV that ends at a bright valve, and a dark atrium above.

Lengths in mm along the picture's own axes (x, y, z), depth along z.
"""

from __future__ import annotations

import numpy as np

from cardioprior.imaging.geometry import Grid

TISSUE, BLOOD, VALVE = 0.6, 0.1, 1.0
PROBE_MM, CENTRE_MM = np.array([70.0, 70.0, 5.0]), np.array([74.0, 66.0, 75.0])
HALF_AXES_MM = np.array([22.0, 22.0, 50.0])
VALVE_MM = CENTRE_MM[2] + 27.0


def grid(spacing_mm: float = 2.5, turn: np.ndarray | None = None) -> Grid:
    """140 mm of isotropic voxels; turn: (3, 3), how the picture's axes lie in the patient."""
    size = round(140 / spacing_mm)
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if turn is None else turn) * spacing_mm
    affine[:3, 3] = [3.0, -40.0, 11.0]
    return Grid((size, size, size), affine)


def truth(on: Grid) -> np.ndarray:
    """The cavity (z, y, x): the ellipsoid below the valve."""
    return (_from_centre(on) < 1) & (_places(on)[..., 2] < VALVE_MM)


def picture(on: Grid, grain: float = 0.0) -> np.ndarray:
    """(z, y, x); grain: SD of noise relative to the signal."""
    places = _places(on)
    away = places - PROBE_MM
    depth = np.linalg.norm(away, axis=-1)
    found = np.where(_from_centre(on) < 1, BLOOD, TISSUE)
    valve = (_from_centre(on) < 1.1) & (np.abs(places[..., 2] - VALVE_MM - 1.5) < 2)
    found = np.where(valve, VALVE, found)
    found = found * (1 + grain * np.random.default_rng(0).normal(size=found.shape))
    within = (away[..., 2] > depth * np.cos(np.deg2rad(40))) & (depth < 130)
    return np.where(within, found.clip(0.01), 0).astype(np.float32)


def _places(on: Grid) -> np.ndarray:
    z, y, x = np.indices(on.shape_zyx)
    return np.stack([x, y, z], axis=-1) * on.spacing_mm[0]


def _from_centre(on: Grid) -> np.ndarray:
    return np.linalg.norm((_places(on) - CENTRE_MM) / HALF_AXES_MM, axis=-1)
