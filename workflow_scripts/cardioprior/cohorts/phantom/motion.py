"""How the heart moves: one volume curve drives length, twist, LV and RV radii, at constant muscle volume.

Contraction c runs from 0 at ED to 1 at ES. The LV cavity holds EDV - c SV; the base descends by `shortening`; the
radius of the cavity at each place shrinks by the place's share of contraction times one number per frame, which follows
from the volume; the outer radius follows from the wall's local volume, which never changes. So LV volume is smallest
where c is largest, and an infarct stays where it is while the rest of the wall works.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cardioprior.cohorts.phantom.anatomy import HEIGHTS, Heart

APEX_LIFT_MM = 1.0


@dataclass(frozen=True)
class Beat:
    """One cardiac cycle, a number per frame: contraction (0 ED, 1 ES), LV length, radial scales of LV and RV."""

    heart: Heart
    contraction: np.ndarray
    length_mm: np.ndarray
    lv_scale: np.ndarray
    rv_scale_mm: np.ndarray

    def height(self, z_mm: np.ndarray) -> np.ndarray:
        """Material height s of places z_mm above the ED apex, shape (frames,) + z_mm.shape."""
        column = (slice(None),) + (None,) * np.ndim(z_mm)
        return (z_mm - APEX_LIFT_MM * self.contraction[column]) / self.length_mm[column]

    def radii_mm(self, z_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Radii of LV endocardium, LV epicardium and RV free wall, each (frames,) + z_mm.shape + (ANGLES,).

        All are 0 above the base and below the apex; the RV's equals the epicardium's where there is no RV.
        """
        height = self.height(z_mm)
        column = (slice(None),) + (None,) * (height.ndim)
        inner, outer = _lv_radii(self.heart, height, self.lv_scale[column], self.length_mm[column])
        free = outer + self.rv_scale_mm[column] * self.heart.rv_width(height)
        below_base = (height <= 1.0)[..., None]
        return inner * below_base, outer * below_base, free * below_base

    def twist_rad(self, z_mm: float) -> np.ndarray:
        """Rotation of the wall at z_mm in each frame: the apex turns against the base."""
        return self.heart.person.twist_rad * self.contraction * (0.7 - self.height(np.asarray(z_mm)))


def beat(heart: Heart, frames: int) -> Beat:
    """The cycle in `frames` equal steps; frame 0 is ED."""
    person = heart.person
    contraction = contraction_curve(frames, person.es_fraction, person.kick)
    length_mm = person.lv_length_mm * (1 - person.shortening * contraction)
    lv_volume_ml = person.lv_edv_ml * (1 - person.lv_ef * contraction)
    rv_volume_ml = person.rv_edv_ml * (1 - person.rv_ef * contraction)
    lv_scale = _lv_scale(heart, lv_volume_ml, length_mm)
    rv_scale = _rv_scale(heart, rv_volume_ml, length_mm, lv_scale)
    return Beat(heart, contraction, length_mm, lv_scale, rv_scale)


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


def _lv_radii(
    heart: Heart, height: np.ndarray, scale: np.ndarray, length_mm: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Radii of cavity and outer surface; `scale` and `length_mm` broadcast against height.shape + (ANGLES,)."""
    relaxed = heart.endocardium_mm(height)
    inner = relaxed * (1 - heart.contraction(height) * scale)
    wall = heart.epicardium_mm(height) ** 2 - relaxed**2
    return inner, np.sqrt(inner**2 + wall * heart.person.lv_length_mm / length_mm)


def _lv_scale(heart: Heart, volume_ml: np.ndarray, length_mm: np.ndarray) -> np.ndarray:
    """Radial scale per frame that makes the cavity hold the volume: a root of a quadratic."""
    square, share = heart.endocardium_mm(HEIGHTS) ** 2, heart.contraction(HEIGHTS)
    a, b, c = (square * share**2).mean(), (square * share).mean(), square.mean()
    wanted = volume_ml * 1000 / (np.pi * length_mm)
    return (b - np.sqrt(np.clip(b**2 - a * (c - wanted), 0, None))) / a


def _rv_scale(heart: Heart, volume_ml: np.ndarray, length_mm: np.ndarray, lv_scale: np.ndarray) -> np.ndarray:
    """Radial width of the RV per frame that makes its cavity hold the volume: a root of a quadratic."""
    heights = np.broadcast_to(HEIGHTS, (len(lv_scale), len(HEIGHTS)))
    _, outer = _lv_radii(heart, heights, lv_scale[:, None, None], length_mm[:, None, None])
    width = heart.rv_width(HEIGHTS)
    a, b = (width**2).mean(), (outer * width).mean(axis=(1, 2))
    wanted = volume_ml * 1000 / (np.pi * length_mm)
    return (-b + np.sqrt(b**2 + a * wanted)) / a
