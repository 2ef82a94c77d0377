"""Who is in the phantom: body, heart size, function and position of each subject, drawn from published ranges.

Sources. Reference ranges of healthy hearts: Petersen et al., J Cardiovasc Magn Reson 2017;19:18 (UK Biobank, Caucasians
of 45-74 years; men / women: LV EDV 166+-32 / 124+-21 ml, indexed 85+-15 / 74+-12 ml/m2, LV EF 58+-5 / 61+-5 %,
RV EF 54+-6 / 58+-6 %). Wall thickness at ED 9 / 7.5 mm: Kawel et al., Circ Cardiovasc Imaging 2012;5:500. Groups: the
criteria of ACDC, Bernard et al., IEEE TMI 2018;37:2514:

- DCM: LV EDV above 100 ml/m2, LV EF below 40 %, wall thinner than 12 mm;
- HCM: LV EF above 55 %, several segments thicker than 15 mm at ED;
- MINF: LV EF below 40 %, several segments that contract abnormally;
- ARV: RV EDV above 110 ml/m2 (women 100) or RV EF below 40 %.

Both ventricles eject the same stroke volume, so RV EDV follows from LV EDV, LV EF and RV EF.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

GROUPS = ("NOR", "DCM", "HCM", "MINF", "ARV")


@dataclass(frozen=True)
class Region:
    """A smooth patch of the LV wall: 1 at its centre, falling off like a Gaussian.

    angle_rad: from the middle of the septum, towards the anterior wall. height: 0 at the endocardial apex, 1 at the
    base. The widths are standard deviations.
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
class Person:
    """Everything about a subject that is drawn once. Volumes in ml; fractions (EF, shortening) are of 1.

    lv_length_mm: endocardial apex to base at ED. wall_mm: mean wall at ED, mid-ventricle. cap_mm: wall at the apex.
    lesion: where the wall is thick (HCM) or thin and akinetic (MINF). thickening: relative change of the wall's ED
        thickness there (+1 doubles it). akinesia: share of contraction that is lost there.
    rv_span_rad: half the angle that the RV spans around the LV, at the base.
    rotation_rad: angle of the septum's middle in the picture, from the row direction towards the column direction.
    offset_mm: LV centre from the picture's centre (x, y). tilt: drift of the LV centre (x, y) per mm towards the base.
    base_to_apex: unit vector of the long axis, LPS. centre_lps_mm: middle of the stack in the patient.
    """

    id: str
    group: str
    sex: str
    height_cm: float
    weight_kg: float
    lv_edv_ml: float
    lv_ef: float
    rv_edv_ml: float
    rv_ef: float
    lv_length_mm: float
    wall_mm: float
    cap_mm: float
    lesion: Region
    thickening: float
    akinesia: float
    shortening: float
    twist_rad: float
    heart_rate_bpm: float
    es_fraction: float
    kick: float
    rv_span_rad: float
    rotation_rad: float
    offset_mm: tuple[float, float]
    tilt: tuple[float, float]
    waves: tuple[Wave, ...]
    wall_waves: tuple[Wave, ...]
    base_to_apex: tuple[float, float, float]
    centre_lps_mm: tuple[float, float, float]


@dataclass(frozen=True)
class _Function:
    """A group's heart: (mean, SD, lowest, highest) of each number; EDV in ml/m2; wall relative to a healthy one.

    Limits keep clear of the criteria, because volumes measured on thick slices differ from the true ones by some %.
    """

    lv_edv_index: tuple[float, float, float, float]
    lv_ef: tuple[float, float, float, float]
    rv_ef: tuple[float, float, float, float]
    wall_scale: float


_FUNCTION = {
    "NOR": _Function((80, 11, 58, 105), (0.61, 0.045, 0.55, 0.72), (0.57, 0.05, 0.48, 0.68), 1.0),
    "DCM": _Function((132, 18, 106, 180), (0.25, 0.06, 0.12, 0.34), (0.42, 0.07, 0.30, 0.58), 0.95),
    "HCM": _Function((68, 10, 50, 92), (0.69, 0.05, 0.60, 0.80), (0.62, 0.05, 0.50, 0.72), 1.2),
    "MINF": _Function((104, 13, 80, 132), (0.30, 0.04, 0.20, 0.35), (0.48, 0.05, 0.40, 0.60), 0.95),
    "ARV": _Function((72, 8, 58, 86), (0.54, 0.03, 0.48, 0.60), (0.28, 0.025, 0.23, 0.32), 1.0),
}


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
    function = _FUNCTION[group]
    woman = bool(rng.random() < 0.5)
    height_cm = float(np.clip(rng.normal(162.5 if woman else 175.5, 6.5), 145, 205))
    weight_kg = float(np.clip(rng.normal(25.5, 3.2), 18.5, 36) * (height_cm / 100) ** 2)
    area_m2 = math.sqrt(height_cm * weight_kg / 3600)  # Mosteller
    sex_scale = 0.94 if woman else 1.06
    lv_edv_ml = _clipped(rng, function.lv_edv_index) * area_m2 * (1.0 if group == "DCM" else sex_scale)
    lv_ef, rv_ef = _clipped(rng, function.lv_ef), _clipped(rng, function.rv_ef)
    stroke_ml = lv_edv_ml * lv_ef
    # A failing LV's small stroke volume leaves an RV of normal size that ejects little.
    rv_edv_ml = max(stroke_ml / rv_ef, 54.0 * area_m2)
    # A dilated heart becomes rounder: length grows more slowly than width (exponent below 1/3).
    lv_length_mm = 88.0 * (lv_edv_ml / 150) ** 0.27 * rng.normal(1, 0.03)
    wall_mm = np.clip(rng.normal(7.8 if woman else 9.0, 0.7), 6.2, 11.0) * function.wall_scale
    thickening, akinesia = _lesion_strength(group, float(wall_mm), rng)
    rotation = math.pi + 0.15 + rng.uniform(-0.42, 0.42)
    return Person(
        id=subject,
        group=group,
        sex="F" if woman else "M",
        height_cm=round(height_cm, 1),
        weight_kg=round(weight_kg, 1),
        lv_edv_ml=float(lv_edv_ml),
        lv_ef=lv_ef,
        rv_edv_ml=float(rv_edv_ml),
        rv_ef=float(stroke_ml / rv_edv_ml),
        lv_length_mm=float(lv_length_mm),
        wall_mm=float(wall_mm),
        cap_mm=float(0.65 * wall_mm),
        lesion=_lesion(group, rng),
        thickening=thickening,
        akinesia=akinesia,
        shortening=float(0.16 * lv_ef / 0.61 * rng.normal(1, 0.08)),
        twist_rad=float(np.deg2rad(rng.normal(11, 2)) * lv_ef / 0.61),
        heart_rate_bpm=float(np.clip(rng.normal(68, 9), 48, 95)),
        es_fraction=float(rng.uniform(0.35, 0.40)),
        kick=float(rng.uniform(0.15, 0.28)),
        rv_span_rad=float(np.deg2rad(84 + 12 * np.clip((rv_edv_ml - 160) / 100, -0.6, 1.0) + rng.normal(0, 3))),
        rotation_rad=float(rotation),
        offset_mm=(float(rng.uniform(-12, 12)), float(rng.uniform(-12, 12))),
        tilt=(float(rng.normal(0, 0.06)), float(rng.normal(0, 0.06))),
        waves=_waves(rng, {2: 0.035, 3: 0.018, 4: 0.010}),
        wall_waves=_waves(rng, {1: 0.07, 2: 0.06, 3: 0.05}),
        base_to_apex=_axis(rng),
        centre_lps_mm=(float(rng.normal(35, 8)), float(rng.normal(-45, 8)), float(rng.normal(0, 15))),
    )


def _clipped(rng: np.random.Generator, law: tuple[float, float, float, float]) -> float:
    mean, deviation, lowest, highest = law
    return float(np.clip(rng.normal(mean, deviation), lowest, highest))


def _lesion_strength(group: str, wall_mm: float, rng: np.random.Generator) -> tuple[float, float]:
    """Relative change of thickness and loss of contraction in the lesion."""
    draw_unit = float(rng.random())
    if group == "HCM":
        return (17.0 + 6.0 * draw_unit) / wall_mm - 1.0, 0.15
    if group == "MINF":
        return -(0.35 + 0.15 * draw_unit), 0.95
    return 0.0, 0.0


def _lesion(group: str, rng: np.random.Generator) -> Region:
    """HCM: septal, mid to basal. MINF: the territory of one coronary artery (LAD, RCA or LCX)."""
    jitter = rng.normal(0, 0.15)
    if group == "MINF":
        angle, height = ((0.7, 0.35), (-1.6, 0.6), (2.6, 0.55))[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
        return Region(angle + jitter, height, float(rng.uniform(0.5, 0.75)), float(rng.uniform(0.22, 0.32)))
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
