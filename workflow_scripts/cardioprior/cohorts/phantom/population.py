"""Who is in the phantom: body, heart size, function and position of each subject, drawn from published ranges.

Sources. Healthy hearts: Petersen et al., J Cardiovasc Magn Reson 2017;19:18 (UK Biobank, 45-74 years; men / women: LV
EDV 85+-15 / 74+-12 ml/m2, LV EF 58+-5 / 61+-5 %, LV mass 53+-9 / 42+-7 g/m2, RV EF 54+-6 / 58+-6 %), cut where ACDC no
longer calls a heart healthy. The other groups: means and SDs measured on ACDC's patients, and the criteria of ACDC
(Bernard et al., IEEE TMI 2018;37:2514):

- NOR: LV EDV below 90 ml/m2 (women 80), LV EF above 50 %, RV EDV below 100 ml/m2, RV EF above 40 %;
- DCM: LV EDV above 100 ml/m2, LV EF below 40 %, wall thinner than 12 mm;
- HCM: LV EF above 55 %, several segments thicker than 15 mm at ED;
- MINF: LV EF below 40 %, several segments that contract abnormally;
- ARV: RV EDV above 110 ml/m2 (women 100) or RV EF below 40 %.

Shape (length, profile, bend, the valve's slope, shortening): the Cardiac Atlas Project's MESA model, 1991 subjects
(Medrano-Gracia et al., J Cardiovasc Magn Reson 2014;16:56). RV EDV follows from stroke volume and RV EF.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

GROUPS = ("NOR", "DCM", "HCM", "MINF", "ARV")


@dataclass(frozen=True)
class Region:
    """A smooth patch of the LV wall: 1 at its centre, .6 one width away, 0 at two.

    angle_rad: from the middle of the septum, towards the anterior wall. height: 0 at the endocardial apex, 1 at the
    base.
    """

    angle_rad: float
    height: float
    angle_width_rad: float
    height_width: float


@dataclass(frozen=True)
class Wave:
    """One term of the smooth deformation of the contour: amplitude cos(order angle - phase - drift height)."""

    order: int
    amplitude: float
    phase_rad: float
    drift_rad: float


@dataclass(frozen=True)
class _Law:
    """A normal law that is cut: draws outside are drawn again."""

    mean: float
    sd: float
    lowest: float
    highest: float

    def draw(self, rng: np.random.Generator) -> float:
        while True:
            value = float(rng.normal(self.mean, self.sd))
            if self.lowest < value < self.highest:
                return value


@dataclass(frozen=True)
class _Function:
    """A group's heart: EDV and mass relative to body surface (ml/m2, g/m2; before the sex' share), and EF.

    stroke_ratio: the RV's stroke volume over the LV's, 1 but for measurement where no valve leaks. ACDC's HCM patients
    have less (a leaking mitral valve is common), its ARV patients more or less (leaks and shunts of the right heart).
    """

    lv_edv_index: _Law
    lv_ef: _Law
    lv_mass_index: _Law
    rv_ef: _Law
    stroke_ratio: _Law


# Limits keep clear of the criteria, because volumes measured on thick slices differ from the true ones by some %.
_FUNCTION = {
    "NOR": _Function(
        _Law(79, 13, 50, 112),
        _Law(0.595, 0.05, 0.51, 0.74),
        _Law(48, 8, 30, 72),
        _Law(0.56, 0.055, 0.46, 0.72),
        _Law(1.0, 0.05, 0.88, 1.12),
    ),
    "DCM": _Function(
        _Law(142, 29, 106, 230),
        _Law(0.20, 0.07, 0.08, 0.37),
        _Law(89, 17, 55, 135),
        _Law(0.36, 0.13, 0.12, 0.62),
        _Law(1.0, 0.06, 0.85, 1.15),
    ),
    "HCM": _Function(
        _Law(68, 13, 42, 100),
        _Law(0.66, 0.06, 0.565, 0.82),
        _Law(90, 19, 58, 150),
        _Law(0.60, 0.08, 0.44, 0.76),
        _Law(0.87, 0.06, 0.74, 1.0),
    ),
    "MINF": _Function(
        _Law(97, 20, 60, 150),
        _Law(0.30, 0.07, 0.12, 0.385),
        _Law(66, 10, 45, 92),
        _Law(0.52, 0.08, 0.36, 0.70),
        _Law(1.0, 0.06, 0.85, 1.15),
    ),
    "ARV": _Function(
        _Law(68, 11, 45, 96),
        _Law(0.55, 0.045, 0.46, 0.66),
        _Law(47, 8, 30, 66),
        _Law(0.36, 0.11, 0.14, 0.55),
        _Law(1.12, 0.2, 0.85, 1.7),
    ),
}
RV_CRITERION = {"M": 110.0, "F": 100.0}  # ml/m2


@dataclass(frozen=True)
class Person:
    """Everything about a subject that is drawn once. Volumes in ml; fractions (EF, shortening) are of 1.

    lv_length_mm: endocardial apex to mitral valve at ED. cap_share: wall at the apex relative to the mean wall.
    widest_height: where the LV is widest. roundness: exponent of its profile, 2 for an ellipsoid. taper: how much
        narrower the valve is than the widest place. cap_thickening: of the apical wall at ES, relative.
        septal_flattening: how far a loaded RV pushes the septum in, relative.
    lesion: where the wall is thick (HCM) or thin and akinetic (MINF). thickening: relative change of the wall's ED
        thickness there (+1 doubles it). akinesia: share of contraction that is lost there.
    shortening, rv_shortening: of the LV's length and of the RV's free wall from ED to ES.
    rv_span_rad: half the angle that the RV spans around the LV, at the base.
    rotation_rad: angle of the septum's middle in the picture, from the row direction towards the column direction.
    offset_mm: LV centre from the picture's centre (x, y). tilt: of the LV's axis against the stack's (x, y).
    valve_slope: of the mitral valve's plane towards the septum and towards anterior. bend_mm: how far the LV's axis
        bows. base_to_apex: unit vector of the stack's axis, LPS. centre_lps_mm: the LV's middle in the patient.
    """

    id: str
    group: str
    sex: str
    height_cm: float
    weight_kg: float
    lv_edv_ml: float
    lv_ef: float
    lv_mass_g: float
    rv_edv_ml: float
    rv_ef: float
    lv_length_mm: float
    cap_share: float
    widest_height: float
    roundness: float
    taper: float
    cap_thickening: float
    septal_flattening: float
    lesion: Region
    thickening: float
    akinesia: float
    shortening: float
    rv_shortening: float
    twist_rad: float
    heart_rate_bpm: float
    es_fraction: float
    kick: float
    rv_span_rad: float
    rotation_rad: float
    offset_mm: tuple[float, float]
    tilt: tuple[float, float]
    valve_slope: tuple[float, float]
    bend_mm: tuple[float, float]
    waves: tuple[Wave, ...]
    wall_waves: tuple[Wave, ...]
    rv_waves: tuple[Wave, ...]
    base_to_apex: tuple[float, float, float]
    centre_lps_mm: tuple[float, float, float]

    @property
    def body_area_m2(self) -> float:
        """Body surface (Mosteller)."""
        return math.sqrt(self.height_cm * self.weight_kg / 3600)

    @property
    def cap_mm(self) -> float:
        """About how thick the wall is at the apex."""
        return 9 * self.cap_share

    def heart_axes(self) -> np.ndarray:
        """x (to the septum), y (to anterior) and z (apex to base) of the heart in the body's frame, as rows."""
        z = np.array([*self.tilt, 1.0])
        z /= np.linalg.norm(z)
        x = np.array([math.cos(self.rotation_rad), math.sin(self.rotation_rad), 0.0])
        x -= z * (x @ z)
        x /= np.linalg.norm(x)
        return np.stack([x, np.cross(z, x), z])

    def heart_origin_mm(self) -> np.ndarray:
        """The endocardial apex in the body's frame: the LV's middle lies at `offset_mm`."""
        return np.array([*self.offset_mm, 0.0]) - self.heart_axes()[2] * (self.lv_length_mm / 2)


def generator(seed: int, cohort: str, purpose: str, subject: str) -> np.random.Generator:
    """A generator for one purpose of one subject: independent of other subjects, purposes, processes and machines."""
    key = "\0".join((str(seed), cohort, purpose, subject)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:16], "big"))


def group_of(subject: str) -> str:
    """The group in an id such as `DCM-012`."""
    group = subject.rpartition("-")[0]
    if group not in GROUPS:
        raise ValueError(f"{subject}: not an id of the phantom; wanted one of {', '.join(GROUPS)}, a dash and a number")
    return group


def draw(subject: str, rng: np.random.Generator) -> Person:
    """The subject of this id; its group is in the id."""
    group = group_of(subject)
    woman = bool(rng.random() < 0.5)
    height_cm = round(_Law(162.5 if woman else 175.5, 6.5, 145, 205).draw(rng), 1)
    weight_kg = round(_Law(25.5, 3.4, 18.5, 36).draw(rng) * (height_cm / 100) ** 2, 1)
    area_m2 = math.sqrt(height_cm * weight_kg / 3600)
    lv_edv_ml, lv_ef, lv_mass_g, rv_edv_ml, rv_ef = _function(group, woman, area_m2, rng)
    # A dilated heart becomes rounder: length grows more slowly than width (exponent below 1/3).
    lv_length_mm = 86.0 * (lv_edv_ml / 120) ** 0.30 * math.exp(rng.normal(0, 0.06))
    # Asgeirsson et al., BMC Cardiovasc Disord 2017;17:76: 15 mm in the healthy, less after infarcts. The apical wall's
    # thickening lifts the cavity's apex, which adds some 4.5 mm to what its length loses.
    descent_mm = _Law(12.7, 1.8, 8.8, 15.2).draw(rng) * min(lv_ef / 0.55, 1.0)
    overload = max(rv_edv_ml / lv_edv_ml - 1.1, 0.0)
    thickening, akinesia = _lesion_strength(group, rng)
    return Person(
        id=subject,
        group=group,
        sex="F" if woman else "M",
        height_cm=height_cm,
        weight_kg=weight_kg,
        lv_edv_ml=lv_edv_ml,
        lv_ef=lv_ef,
        lv_mass_g=lv_mass_g,
        rv_edv_ml=rv_edv_ml,
        rv_ef=rv_ef,
        lv_length_mm=lv_length_mm,
        cap_share=float(rng.uniform(0.6, 0.85)),
        widest_height=float(np.clip(rng.normal(0.73, 0.03), 0.62, 0.82)),
        roundness=float(np.clip(rng.normal(2.0, 0.25), 1.5, 2.6)),
        taper=float(np.clip(rng.normal(0.235, 0.06), 0.08, 0.4)),
        cap_thickening=0.65 * min(lv_ef / 0.635, 1.15),
        septal_flattening=float(np.clip(0.18 * overload + rng.normal(0, 0.015), -0.03, 0.2)),
        lesion=_lesion(group, rng),
        thickening=thickening,
        akinesia=akinesia,
        shortening=(descent_mm + 4.5) / (0.85 * lv_length_mm),
        rv_shortening=min(_shortening(0.36 * 90 / lv_length_mm, rv_ef / 0.56, rng), 0.42),
        twist_rad=float(np.deg2rad(rng.normal(12, 2.5)) * min(lv_ef / 0.60, 1.2)),
        heart_rate_bpm=_Law(68, 9, 48, 95).draw(rng),
        es_fraction=float(rng.uniform(0.35, 0.40)),
        kick=float(rng.uniform(0.15, 0.28)),
        rv_span_rad=float(np.deg2rad(82 + 14 * np.clip((rv_edv_ml - 160) / 100, -0.6, 1.2) + rng.normal(0, 3))),
        rotation_rad=math.pi + 0.15 + float(rng.uniform(-0.42, 0.42)),
        offset_mm=_pair(rng.uniform(-12, 12, 2)),
        tilt=_pair(rng.normal(0, 0.06, 2)),
        valve_slope=_pair(rng.normal((0.02, -0.045), (0.13, 0.10))),
        bend_mm=_pair(rng.normal((-2.4, 3.4), (1.4, 2.2))),
        waves=_waves(rng, {2: 0.075, 3: 0.025, 4: 0.012}),
        wall_waves=_waves(rng, {1: 0.11, 2: 0.11, 3: 0.09}),
        rv_waves=_waves(rng, {1: 0.05, 2: 0.08, 3: 0.06, 5: 0.04}),
        base_to_apex=_axis(rng),
        centre_lps_mm=(float(rng.normal(35, 8)), float(rng.normal(-45, 8)), float(rng.normal(0, 15))),
    )


def _function(
    group: str, woman: bool, area_m2: float, rng: np.random.Generator
) -> tuple[float, float, float, float, float]:
    """LV EDV (ml), LV EF, LV mass (g), RV EDV (ml), RV EF; drawn until they meet the group's criteria."""
    law = _FUNCTION[group]
    criterion = RV_CRITERION["F" if woman else "M"]
    while True:
        lv_edv_ml = law.lv_edv_index.draw(rng) * area_m2 * _sex_share(group, woman, 0.06)
        lv_ef = law.lv_ef.draw(rng)
        lv_mass_g = law.lv_mass_index.draw(rng) * area_m2 * _sex_share(group, woman, 0.115)
        stroke_ml = lv_edv_ml * lv_ef * law.stroke_ratio.draw(rng)
        # A failing LV's small stroke leaves an RV of normal size that ejects little.
        rv_edv_ml = max(stroke_ml / law.rv_ef.draw(rng), 45.0 * area_m2)
        rv_ef = stroke_ml / rv_edv_ml
        if _meets(group, lv_edv_ml / area_m2, rv_edv_ml / area_m2, rv_ef, criterion):
            return lv_edv_ml, lv_ef, lv_mass_g, rv_edv_ml, rv_ef


def _meets(group: str, lv_index: float, rv_index: float, rv_ef: float, criterion: float) -> bool:
    """Whether volumes are what ACDC asks of the group and no RV is larger than a chest; the LV's EF is in its law."""
    if group == "ARV":
        return rv_index < 190 and (rv_index > criterion + 5 or rv_ef < 0.37)
    if group == "NOR":
        return rv_index < 98 and lv_index < criterion - 22 and rv_ef > 0.42
    return rv_index < 190 and (group != "DCM" or lv_index > 106)


def _sex_share(group: str, woman: bool, share: float) -> float:
    if group == "DCM":
        return 1.0
    return 1 - share if woman else 1 + share


def _shortening(usual: float, function: float, rng: np.random.Generator) -> float:
    """Of a length from ED to ES, in proportion to the chamber's function."""
    return float(usual * np.clip(function, 0.1, 1.2) * np.clip(rng.normal(1, 0.10), 0.75, 1.25))


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _lesion_strength(group: str, rng: np.random.Generator) -> tuple[float, float]:
    """Relative change of thickness and loss of contraction in the lesion."""
    share = float(rng.random())
    if group == "HCM":
        return 0.85 + 0.55 * share, 0.15
    if group == "MINF":
        return -(0.30 + 0.2 * share), 0.95
    return 0.0, 0.0


def _lesion(group: str, rng: np.random.Generator) -> Region:
    """HCM: septal, mid to basal. MINF: the territory of one coronary artery (LAD, RCA or LCX)."""
    jitter = rng.normal(0, 0.15)
    if group == "MINF":
        angle, height = ((0.7, 0.35), (-1.6, 0.6), (2.6, 0.55))[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
        return Region(angle + jitter, height, float(rng.uniform(1.2, 1.6)), float(rng.uniform(0.5, 0.75)))
    return Region(0.25 + jitter, float(rng.uniform(0.55, 0.8)), float(rng.uniform(0.6, 1.0)), 0.35)


def _waves(rng: np.random.Generator, deviations: dict[int, float]) -> tuple[Wave, ...]:
    return tuple(
        Wave(
            order=order,
            amplitude=float(np.clip(rng.normal(0, sd), -2 * sd, 2 * sd)),
            phase_rad=float(rng.uniform(-np.pi, np.pi)),
            drift_rad=float(rng.uniform(-0.4, 0.4) * np.pi),
        )
        for order, sd in deviations.items()
    )


def _axis(rng: np.random.Generator) -> tuple[float, float, float]:
    """Long axis from base to apex: to the left, forwards and down, some degrees different in everyone."""
    axis = np.array([0.70, -0.55, -0.45]) + rng.normal(0, 0.07, 3)
    x, y, z = axis / np.linalg.norm(axis)
    return float(x), float(y), float(z)
