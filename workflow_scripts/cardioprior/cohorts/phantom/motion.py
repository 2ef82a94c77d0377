"""How the heart moves: ED material seen through a motion field, one volume curve driving all of it.

Contraction c runs from 0 at ED to 1 at ES. The LV cavity holds EDV - c SV and the RV likewise; the mitral valve comes
down to the apex, the tricuspid valve further; apex and base turn against each other. Along the axis the wall shortens
by lambda(s) and every place of the cavity's border comes in by its own share of contraction; the wall's outer border
follows from the muscle's local volume, which never changes (the incompressible cylinder of Arts et al., J Biomech
1992;25:1119). Signal and labels look up the same tables, so texture, papillary muscles and borders move as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cardioprior.cohorts.phantom.anatomy import ANGLE_RAD, HEIGHTS, RV_THINNEST_MM, Heart, integrate, smooth_step
from cardioprior.cohorts.phantom.interpolation import along_each

APEX_LIFT_MM = 1.0
RV_HALF_WIDTH_MM = 14.0
SEPTAL_DRIFT_MM = 2.0  # of the LV's axis towards the septum at ES


@dataclass(frozen=True)
class Beat:
    """One cardiac cycle. F frames; H heights and A angles as in the material frame.

    contraction: (F,), 0 at ED, 1 at ES. z_mm: (F, H), place of each height above the ED apex. base_mm: (F,), the
    mitral valve's place. stretch: (F, H), length along the axis relative to ED. twist_rad: (F, H).
    endocardium, epicardium, free_wall: (F, H, A), radii; `free_wall` is the RV's outer border, which equals the
    epicardium where there is no RV. rv_z_mm: (F, H, A), places of the RV's heights. rv_base_mm: (F,), the tricuspid
    valve's place.
    """

    heart: Heart
    contraction: np.ndarray
    z_mm: np.ndarray
    base_mm: np.ndarray
    stretch: np.ndarray
    twist_rad: np.ndarray
    endocardium: np.ndarray
    epicardium: np.ndarray
    free_wall: np.ndarray
    rv_z_mm: np.ndarray
    rv_base_mm: np.ndarray


def beat(heart: Heart, contraction: np.ndarray) -> Beat:
    """The heart in frames of the given contraction."""
    person = heart.person
    c = contraction[:, None]
    stretch = _stretch(person.shortening, heart, c)
    z_mm = person.lv_length_mm * _from_apex(stretch) + APEX_LIFT_MM * c
    endocardium, epicardium = _walls(heart, contraction, stretch)
    rv_stretch = np.moveaxis(_stretch(_rv_shortening(heart)[:, None, None], heart, c), 0, 2)
    rv_z_mm = person.lv_length_mm * _from_apex(rv_stretch) + APEX_LIFT_MM * c[..., None]
    at_rv = along_each(*(torch.from_numpy(a) for a in (epicardium, z_mm[..., None], rv_z_mm))).numpy()
    width_mm = _rv_width_mm(heart, contraction, rv_stretch, at_rv)
    return Beat(
        heart=heart,
        contraction=contraction,
        z_mm=z_mm,
        base_mm=_at_height(z_mm, 1.0),
        stretch=stretch,
        twist_rad=person.twist_rad * c * (0.7 - np.clip(HEIGHTS, 0, 1)),
        endocardium=endocardium,
        epicardium=epicardium,
        free_wall=at_rv + np.where(width_mm < RV_THINNEST_MM, 0, width_mm),
        rv_z_mm=rv_z_mm,
        rv_base_mm=_at_height(rv_z_mm[:, :, np.abs(ANGLE_RAD + 0.4).argmin()], 1.0),
    )


def _stretch(shortening: float | np.ndarray, heart: Heart, contraction: np.ndarray) -> np.ndarray:
    """Length along the axis relative to ED at HEIGHTS: above the apex it shortens, the apical wall thickens."""
    in_cap = (heart.epicardium.max(axis=1) > 0) * (1 - smooth_step((HEIGHTS + 0.02) / 0.04))
    thicker = heart.person.cap_thickening * in_cap
    return 1 + contraction * (thicker - shortening * smooth_step(HEIGHTS / 0.3))


def contraction_curve(frames: int, es_fraction: float, kick: float) -> np.ndarray:
    """Contraction in each frame: ejection to ES, early filling, diastasis and an atrial kick of share `kick`.

    ES is on a frame, the only one with 1; frame 0 is the only one with 0. A small straight part on both sides keeps
    the neighbours of ED and ES apart however many frames there are.
    """
    es = es_frame(frames, es_fraction)
    t = np.arange(frames) / frames
    t_es = es / frames
    early, late = t_es + 0.45 * (1 - t_es), 1 - 0.25 * (1 - t_es)
    ejection = _ease(t / t_es)
    relaxed = kick + 0.06
    filling = 1 - (1 - relaxed) * _ease((t - t_es) / (early - t_es))
    diastasis = relaxed - 0.06 * np.clip((t - early) / (late - early), 0, 1)
    last = diastasis - kick * _ease((t - late) / (1 - late))
    smooth = np.where(t <= t_es, ejection, np.where(t <= early, filling, last))
    straight = np.where(t <= t_es, t / t_es, (1 - t) / (1 - t_es))
    return 0.93 * smooth + 0.07 * straight


def es_frame(frames: int, es_fraction: float) -> int:
    """The frame of end systole, at least one frame away from ED on both sides."""
    return int(np.clip(round(frames * es_fraction), 1, frames - 1))


def _ease(x: np.ndarray) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0, 1))


def _from_apex(stretch: np.ndarray) -> np.ndarray:
    """Length from the apex (s = 0), relative, for stretch (F, H) or (F, H, A)."""
    step = HEIGHTS[1] - HEIGHTS[0]
    middle = 0.5 * (stretch[:, 1:] + stretch[:, :-1])
    length = np.concatenate([np.zeros_like(stretch[:, :1]), np.cumsum(middle, axis=1)], axis=1) * step
    return length + HEIGHTS[0]  # the epicardium's apex stays where it is


def _at_height(z_mm: np.ndarray, height: float) -> np.ndarray:
    return np.array([np.interp(height, HEIGHTS, row) for row in z_mm])


def _walls(heart: Heart, contraction: np.ndarray, stretch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Radii of cavity and outer surface of the LV, (F, H, A)."""
    scale = _lv_scale(heart, contraction, stretch)[:, None, None]
    inner = heart.endocardium * (1 - heart.contraction * scale)
    wall = heart.epicardium**2 - heart.endocardium**2
    return inner, np.sqrt(inner**2 + wall / stretch[..., None])


def _lv_scale(heart: Heart, contraction: np.ndarray, stretch: np.ndarray) -> np.ndarray:
    """Radial scale per frame that makes the cavity hold the volume: a root of a quadratic."""
    person = heart.person
    square, share = heart.endocardium**2, heart.contraction

    def mean(values: np.ndarray) -> np.ndarray:
        return integrate((values.mean(axis=1) * stretch).T)

    wanted = person.lv_edv_ml * (1 - person.lv_ef * contraction) * 1000 / (np.pi * person.lv_length_mm)
    a, b, c = mean(square * share**2), mean(square * share), mean(square)
    return (b - np.sqrt(np.clip(b**2 - a * (c - wanted), 0, None))) / a


def _rv_shortening(heart: Heart) -> np.ndarray:
    """Of the RV along the axis by angle: the free wall descends more than the septum, the outflow tract does not."""
    person = heart.person
    anterior = smooth_step((ANGLE_RAD - 0.1) / 0.8)
    return person.rv_shortening + (person.shortening - person.rv_shortening) * anterior


def _rv_width_mm(heart: Heart, contraction: np.ndarray, stretch: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Width of the RV, (F, H, A), so that its cavity holds the volume: a root of a quadratic."""
    person = heart.person
    # Where the valve plane rises towards the RV, heights lie further apart there (sampling.MovingHeart.look).
    across = inner + RV_HALF_WIDTH_MM
    slope = (person.valve_slope[0] * np.cos(ANGLE_RAD) + person.valve_slope[1] * np.sin(ANGLE_RAD)) * across
    stretch = stretch / (1 - slope / person.lv_length_mm)
    wanted = person.rv_edv_ml * (1 - person.rv_ef * contraction) * 1000 / (np.pi * person.lv_length_mm)
    width = heart.rv_width
    for _ in range(4):  # corners too thin to count are found anew with each scale

        def mean(values: np.ndarray) -> np.ndarray:
            return integrate(np.moveaxis((values * stretch).mean(axis=2), 1, 0), below=np.inf)

        a, b = mean(width**2 * np.ones_like(inner)), mean(inner * width)
        scale = (-b + np.sqrt(b**2 + a * wanted)) / a
        width = np.where(scale[:, None, None] * heart.rv_width < RV_THINNEST_MM, 0, heart.rv_width)
    return scale[:, None, None] * width
