"""The heart at ED as radii around the LV's long axis: analytic, so that any slice can be cut at any height.

Material coordinates: height s along the LV cavity (0 endocardial apex, 1 base; the apical wall is below 0) and angle
around the long axis (0 is the middle of the septum). Every contour is a radius in mm at (height, angle), star-shaped
around the axis. The LV is a truncated prolate ellipsoid (the usual idealisation, e.g. Streeter & Hanna, Circ Res
1973;33:639) with regional wall thickness and a smooth low-order deformation; the RV is a crescent on the septum.
Papillary muscles and trabeculae belong to the cavity's label, as in clinical practice (Schulz-Menger et al., J
Cardiovasc Magn Reson 2013;15:35), so they are no part of these radii.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cardioprior.cohorts.phantom.population import Person, Region, Wave

ANGLES = 720
ANGLE_RAD = (np.arange(ANGLES) / ANGLES * 2 - 1) * np.pi
WIDEST_HEIGHT = 0.68
RV_APEX_HEIGHT = 0.10
HEIGHTS = (np.arange(64) + 0.5) / 64


@dataclass(frozen=True)
class Heart:
    """A person's heart at ED. `radius_mm` is the LV's scale: it makes the cavity hold the person's EDV."""

    person: Person
    radius_mm: float

    def endocardium_mm(self, height: np.ndarray) -> np.ndarray:
        """Radius of the LV cavity, shape height.shape + (ANGLES,); 0 below the apex."""
        return self.radius_mm * _unit_endocardium(self.person, height)

    def epicardium_mm(self, height: np.ndarray) -> np.ndarray:
        """Radius of the LV's outer surface, same shape; 0 below the apical wall."""
        person = self.person
        cap = person.cap_mm / person.lv_length_mm
        deform = _deformation(person.waves, height)
        inner = self.radius_mm * _ellipsoid(height, WIDEST_HEIGHT)[..., None] * deform
        outer = (self.radius_mm + person.wall_mm) * _ellipsoid(height, WIDEST_HEIGHT + cap)[..., None] * deform
        return self.endocardium_mm(height) + (outer - inner) * _wall_factor(person, height)

    def contraction(self, height: np.ndarray) -> np.ndarray:
        """How much a place takes part in contraction, 1 normally, near 0 in an infarct; same shape."""
        return 1.0 - self.person.akinesia * patch(self.person.lesion, height)

    def rv_width(self, height: np.ndarray) -> np.ndarray:
        """Relative radial width of the RV cavity outside the septum, 0 where there is no RV; same shape."""
        depth = np.clip((height - RV_APEX_HEIGHT) / (1 - RV_APEX_HEIGHT), 0, 1)[..., None]
        span = self.person.rv_span_rad * (0.6 + 0.4 * depth**0.6)
        # The inferior corner is blunter than the anterior one: the crescent leans a little to negative angles.
        position = np.clip(np.abs(ANGLE_RAD + 0.12) / span, 0, 1)
        lean = 1 - 0.18 * np.sin(ANGLE_RAD)
        # Widest in the middle third, narrower again where the tricuspid valve and the outflow tract begin.
        profile = np.clip(depth * (2.6 - 1.8 * depth) / 0.94, 0, 1) ** 0.75
        return profile * (1 - position**2) ** 1.05 * lean


def build(person: Person) -> Heart:
    """The heart whose ED cavity holds `person.lv_edv_ml`."""
    unit = _unit_endocardium(person, HEIGHTS)
    unit_area = 0.5 * (unit**2).mean() * 2 * math.pi
    return Heart(person, math.sqrt(person.lv_edv_ml * 1000 / (unit_area * person.lv_length_mm)))


def patch(region: Region, height: np.ndarray) -> np.ndarray:
    """The region's weight at every angle of the heights, shape height.shape + (ANGLES,)."""
    turn = (ANGLE_RAD - region.angle_rad + np.pi) % (2 * np.pi) - np.pi
    up = (np.asarray(height)[..., None] - region.height) / region.height_width
    return np.exp(-0.5 * ((turn / region.angle_width_rad) ** 2 + up**2))


def _ellipsoid(height: np.ndarray, half_axis: float) -> np.ndarray:
    """Relative radius of an ellipsoid of revolution whose equator is at WIDEST_HEIGHT."""
    return np.sqrt(np.clip(1 - ((np.asarray(height) - WIDEST_HEIGHT) / half_axis) ** 2, 0, None))


def _unit_endocardium(person: Person, height: np.ndarray) -> np.ndarray:
    # A hypertrophic septum grows into the cavity as well as outwards.
    bulge = 0.10 * min(person.thickening, 1.0) if person.thickening > 0 else 0.0
    indent = 1 - bulge * patch(person.lesion, height)
    return _ellipsoid(height, WIDEST_HEIGHT)[..., None] * _deformation(person.waves, height) * indent


def _wall_factor(person: Person, height: np.ndarray) -> np.ndarray:
    factor = _deformation(person.wall_waves, height) * (1 + 0.05 * np.cos(ANGLE_RAD))
    return factor * (1 + person.thickening * patch(person.lesion, height))


def _deformation(waves: tuple[Wave, ...], height: np.ndarray) -> np.ndarray:
    drift = np.asarray(height)[..., None]
    terms = [w.amplitude * np.cos(w.order * ANGLE_RAD - w.phase_rad - w.drift_rad * drift) for w in waves]
    return 1 + np.sum(terms, axis=0)
