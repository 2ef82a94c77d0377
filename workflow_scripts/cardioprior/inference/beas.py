"""B-spline explicit active surface for the LV in apical ultrasound (after Barbosa et al., IEEE Trans Image Process
2012;21:241, and Ultrasound Med Biol 2013;39:89): no training, one frame at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cardioprior.imaging.geometry import Grid
from cardioprior.inference.beas_base import FITTED, base_plane, between, faces_wall
from cardioprior.inference.beas_energy import Rays, evolve
from cardioprior.inference.beas_sector import Sector
from cardioprior.inference.beas_start import start
from cardioprior.inference.beas_surface import Splines, Surface

#: along the polar angle and around
SPLINES = Splines(10, 12)
#: mm over which the means on either side extend, from stage to stage: a long reach first, then precision
STRETCHES_MM = (12.0, 8.0, 5.0)
#: of the roughness against the pull
STIFFNESS = 1e-3
STEPS, STEP_MM = 40, 1.0


def left_ventricle(picture: np.ndarray, grid: Grid) -> Surface:
    """The LV's cavity in a frame (z, y, x) that is 0 outside its sector. Raises CardioPriorError without a sector."""
    sector = Sector.of(picture, grid)
    rough = _evolved(
        sector, Surface(start(sector), SPLINES, SPLINES.constant(1.0), (FITTED, 0.0, 0.0)), STRETCHES_MM[:1]
    )
    height, _, _ = base_plane(sector, rough)
    fitted = Surface(between(rough.ellipsoid, height), SPLINES, SPLINES.constant(1.0), (FITTED, 0.0, 0.0))
    surface = _evolved(sector, fitted, STRETCHES_MM[:2])
    surface = replace(surface, base=base_plane(sector, surface, FITTED + np.arange(-0.25, 0.26, 0.05)))
    return _evolved(sector, surface, STRETCHES_MM[1:])


def _evolved(sector: Sector, surface: Surface, stretches_mm: tuple[float, ...]) -> Surface:
    """The surface after its stages, pulled by the rays that leave it below its base."""
    rays = Rays.of(sector, surface.ellipsoid)
    parameters = surface.parameters
    for stretch_mm in stretches_mm:
        radius = surface.splines.matrix(rays.directions) @ parameters
        weights = rays.weights * faces_wall(rays.directions, radius, surface.base)
        parameters = evolve(rays, surface.splines, parameters, weights, stretch_mm, STIFFNESS, STEPS, STEP_MM)
    return replace(surface, parameters=parameters)
