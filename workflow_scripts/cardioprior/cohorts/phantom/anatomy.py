"""The heart at ED in a material frame: every border is a radius around the LV's long axis at a height and an angle.

Height s is 0 at the endocardial apex and 1 at the mitral valve; the apical wall is below, the RV's outflow tract above.
Angle 0 is the middle of the septum, positive angles lie towards the anterior wall. The LV is a truncated ellipsoid (the
usual idealisation, e.g. Streeter & Hanna, Circ Res 1973;33:639) with regional wall thickness and a smooth deformation,
its numbers fitted to the mean and spread of the Cardiac Atlas Project's LVs (docs/phantom.md);
the RV is a crescent on the septum with an outflow tract in front of the aorta. Papillary muscles and trabeculae count
as cavity, as in clinical practice (Schulz-Menger et al., J Cardiovasc Magn Reson 2013;15:35): a signal, no label.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cardioprior.cohorts.phantom.population import Person, Region, Wave

ANGLES = 180
ANGLE_RAD = (np.arange(ANGLES) / ANGLES * 2 - 1) * np.pi
TOP = 1.40  # of the material frame: above the pulmonary valve of every heart
HEIGHTS = np.linspace(-0.16, TOP, 160)
RV_APEX_HEIGHT, PULMONARY_VALVE_HEIGHT = 0.08, 1.25
RV_THINNEST_MM = 2.5  # a crescent's corner that is thinner belongs to the groove, not to the cavity
OUTFLOW_ANGLE_RAD, OUTFLOW_WIDTH_RAD = 0.62, 0.52  # of the RV's outflow tract, seen from the LV's axis


@dataclass(frozen=True)
class Heart:
    """A person's heart at ED: radii in mm on HEIGHTS x ANGLE_RAD, both LV borders continued above the mitral valve.

    endocardium, epicardium: of the LV. rv_width: from the epicardium to the RV's free wall, relative (0: no RV).
    contraction: how much a place takes part in contraction, 1 normally, near 0 in an infarct.
    """

    person: Person
    endocardium: np.ndarray
    epicardium: np.ndarray
    rv_width: np.ndarray
    contraction: np.ndarray

    @property
    def radius_mm(self) -> float:
        """The cavity's largest mean radius."""
        return float(self.endocardium.mean(axis=1).max())


def build(person: Person) -> Heart:
    """The heart whose ED cavity holds `person.lv_edv_ml` and whose wall weighs `person.lv_mass_g`."""
    unit = _unit_endocardium(person)
    area = 0.5 * (unit**2).mean(axis=1) * 2 * math.pi
    radius_mm = math.sqrt(person.lv_edv_ml * 1000 / (float(integrate(area)) * person.lv_length_mm))
    endocardium = radius_mm * unit
    return Heart(
        person=person,
        endocardium=endocardium,
        epicardium=endocardium + _wall_mm(person, radius_mm),
        rv_width=_rv_width(person),
        contraction=(1.0 - person.akinesia * patch(person.lesion)) * _radial_share(),
    )


def integrate(values: np.ndarray, below: float = 1.0) -> np.ndarray:
    """Integral over height, from the apical wall to `below`, of values whose first or only axis is HEIGHTS."""
    step = HEIGHTS[1] - HEIGHTS[0]
    # The last cell counts with the share of it that lies below.
    share = np.clip((below - HEIGHTS) / step + 0.5, 0, 1).reshape((-1,) + (1,) * (values.ndim - 1))
    return np.asarray((values * share).sum(axis=0) * step)


def patch(region: Region) -> np.ndarray:
    """The region's weight on HEIGHTS x ANGLE_RAD: near 1 up to its widths from its centre, then falling fast."""
    turn = (ANGLE_RAD - region.angle_rad + np.pi) % (2 * np.pi) - np.pi
    up = (HEIGHTS[:, None] - region.height) / region.height_width
    return np.exp(-0.5 * ((turn / region.angle_width_rad) ** 2 + up**2) ** 2)


def smooth_step(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _profile(person: Person, lowest: float) -> np.ndarray:
    """Relative radius at HEIGHTS of a surface that closes at height `lowest`: like an ellipsoid up to its widest place,
    tapering to the mitral valve, a tube above it."""
    widest = person.widest_height
    down = np.clip((widest - HEIGHTS) / (widest - lowest), 0, 1)
    up = np.clip((HEIGHTS - widest) / (1 - widest), 0, 1)
    return np.sqrt(1 - down**person.roundness) * (1 - person.taper * up**2)


def _unit_endocardium(person: Person) -> np.ndarray:
    # A hypertrophic septum grows into the cavity as well as outwards.
    bulge = 0.10 * min(person.thickening, 1.0) if person.thickening > 0 else 0.0
    flat = 1 - person.septal_flattening * np.exp(-0.5 * (ANGLE_RAD / 0.6) ** 2) * smooth_step(HEIGHTS[:, None] / 0.3)
    return _profile(person, 0.0)[:, None] * _deformation(person.waves) * (1 - bulge * patch(person.lesion)) * flat


def _wall_mm(person: Person, radius_mm: float) -> np.ndarray:
    """Wall thickness along the radius, scaled to the person's mass; at the apex it closes the ellipsoid."""

    def wall(mean_mm: float) -> np.ndarray:
        cap = person.cap_share * mean_mm / person.lv_length_mm
        inner = radius_mm * _profile(person, 0.0)
        outer = (radius_mm + mean_mm) * _profile(person, -cap)
        return (outer - inner)[:, None] * factor

    # Thicker at the septum, and from apex to base.
    factor = _deformation(person.wall_waves) * (1 + 0.05 * np.cos(ANGLE_RAD))
    factor = factor * (0.88 + 0.24 * np.clip(HEIGHTS, 0, 1)[:, None])
    factor = factor * (1 + person.thickening * patch(person.lesion))
    inner = radius_mm * _unit_endocardium(person)
    wanted_ml = person.lv_mass_g / 1.05
    low, high = 1.0, 40.0
    for _ in range(40):  # the volume rises with the mean thickness
        middle = 0.5 * (low + high)
        volume_ml = shell_ml(inner, inner + wall(middle), person.lv_length_mm)
        low, high = (middle, high) if volume_ml < wanted_ml else (low, middle)
    return wall(0.5 * (low + high))


def _radial_share() -> np.ndarray:
    """How far the cavity's border comes in at HEIGHTS, (H, 1): the ring of the mitral valve narrows little."""
    up = np.clip((HEIGHTS[:, None] - 0.62) / 0.38, 0, 1)
    return 1 - 0.68 * up**1.2


def shell_ml(inner: np.ndarray, outer: np.ndarray, length_mm: float) -> float:
    """Volume between two surfaces of radii on HEIGHTS x ANGLE_RAD, below the mitral valve."""
    area = 0.5 * (outer**2 - inner**2).mean(axis=1) * 2 * math.pi
    return float(integrate(area)) * length_mm / 1000


def _rv_width(person: Person) -> np.ndarray:
    """Relative radial width of the RV cavity outside the septum."""
    depth = np.clip((HEIGHTS - RV_APEX_HEIGHT) / (1 - RV_APEX_HEIGHT), 0, None)[:, None]
    within = np.minimum(depth, 1.0)
    span = person.rv_span_rad * (0.55 + 0.45 * within**0.6)
    # The inferior corner is blunter than the anterior one: the crescent leans a little to negative angles.
    position = np.clip(np.abs(ANGLE_RAD + 0.12) / span, 0, 1)
    profile = np.clip(within * (2.5 - 1.6 * within) / 0.97, 0, 1) ** 0.8
    body = profile * (1 - position**2) ** 0.85 * (1 - 0.16 * np.sin(ANGLE_RAD))
    # Above the tricuspid valve only the outflow tract goes on, narrower and in front.
    outflow = 0.62 * np.exp(-0.5 * ((ANGLE_RAD - OUTFLOW_ANGLE_RAD) / OUTFLOW_WIDTH_RAD) ** 4)
    above = smooth_step((HEIGHTS[:, None] - 0.80) / 0.25)
    width = body * (1 - above) + np.maximum(body * (1 - above), outflow) * above
    return width * _deformation(person.rv_waves) * smooth_step((PULMONARY_VALVE_HEIGHT - HEIGHTS[:, None]) / 0.05)


def _deformation(waves: tuple[Wave, ...]) -> np.ndarray:
    drift = HEIGHTS[:, None]
    terms = [w.amplitude * np.cos(w.order * ANGLE_RAD - w.phase_rad - w.drift_rad * drift) for w in waves]
    return 1 + np.sum(terms, axis=0)
