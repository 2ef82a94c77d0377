"""Paints one sub-slice of the heart over a background, and its labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cardioprior.cohorts.phantom.anatomy import ANGLE_RAD, ANGLES
from cardioprior.cohorts.phantom.torso import cover
from cardioprior.imaging import labels

RV_WALL_MM = 3.2
PERICARDIUM_MM = 1.6


@dataclass(frozen=True)
class Contrast:
    """A scan's signals relative to blood, and its faults; drawn once a subject."""

    muscle: float
    rv_blood: float
    fat: float
    trabeculae_mm: float
    papillary_mm: float
    blur_pixels: float
    noise: float
    gain: float
    fat_mm: np.ndarray
    trabeculae: np.ndarray


@dataclass(frozen=True)
class View:
    """The pixels around the heart in one slice and frame: distance to the LV's axis and index into the radii."""

    distance_mm: np.ndarray
    angle: np.ndarray
    pixel_mm: float

    def inside(self, radius_mm: np.ndarray) -> np.ndarray:
        """How far inside a contour each pixel lies, mm (negative outside)."""
        return radius_mm[self.angle] - self.distance_mm


def label_map(view: View, inner: np.ndarray, outer: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Labels of the pixels whose centres lie inside the LV, its wall or the RV."""
    result = np.where(view.inside(free) > 0, np.uint8(labels.RV), np.uint8(labels.BACKGROUND))
    result[view.inside(outer) > 0] = labels.MYO
    result[view.inside(inner) > 0] = labels.LV
    return result


def short_axis(
    picture: np.ndarray,
    view: View,
    radii: tuple[np.ndarray, np.ndarray, np.ndarray],
    height: float,
    muscle: np.ndarray,
    blood: np.ndarray,
    contrast: Contrast,
) -> np.ndarray:
    """One sub-slice below the base, from outside in: fat, pericardium, RV wall, RV, LV wall, LV, papillary muscles."""
    inner, outer, free = radii
    if outer.max() <= 0:
        return picture
    pixel = view.pixel_mm
    ridges = contrast.trabeculae[int(np.clip(height, 0, 0.999) * len(contrast.trabeculae))]
    wall = np.where(free > outer + 0.5, free + RV_WALL_MM, outer)
    sac = view.inside(wall + contrast.fat_mm)
    picture = _over(picture, cover(sac + PERICARDIUM_MM, pixel), 0.5 * contrast.muscle)
    picture = _over(picture, cover(sac, pixel), contrast.fat)
    picture = _over(picture, cover(view.inside(wall), pixel), muscle)
    rough_free = np.where(free > outer, np.maximum(free - 1.6 * contrast.trabeculae_mm * ridges, outer), 0)
    picture = _over(picture, 0.35 * cover(view.inside(free), pixel), contrast.rv_blood * blood)
    picture = _over(picture, cover(view.inside(rough_free), pixel), contrast.rv_blood * blood)
    picture = _over(picture, cover(view.inside(outer), pixel), muscle)
    cavity = cover(view.inside(inner), pixel)
    picture = _over(picture, 0.35 * cavity, blood)
    rough = np.maximum(inner - contrast.trabeculae_mm * ridges[::-1] * (1.3 - height), 0)
    picture = _over(picture, cover(view.inside(rough), pixel), blood)
    return _papillaries(picture, view, inner, height, cavity, muscle, contrast)


def above_base(picture: np.ndarray, view: View, radius_mm: float, blood: np.ndarray, contrast: Contrast) -> np.ndarray:
    """One sub-slice above the base: atria and great vessels with thin walls; `radius_mm` is the LV's scale."""
    scale = radius_mm / 27
    angles = ANGLE_RAD[view.angle].astype(np.float32)
    x, y = view.distance_mm * np.cos(angles), view.distance_mm * np.sin(angles)
    lumps = 16 * (blood - 1) + 2 * np.sin(3 * angles)
    # (towards the septum, towards anterior, radius) in mm: left atrium, right atrium, aortic root, RV outflow.
    chambers = ((-12, -10, 25, 1.2, 1.0), (42, -20, 25, 0.8, 0.9), (16, 7, 14, 1.05, 1.0), (33, 30, 17, 1.3, 0.92))
    distances = [radius * scale - np.hypot(x - u * scale, (y - v * scale) * oval) for u, v, radius, oval, _ in chambers]
    distances = [distance + lumps for distance in distances]
    picture = _over(picture, cover(np.max(distances, axis=0) + 9, view.pixel_mm), contrast.fat * 0.8)
    for distance, (*_, signal) in zip(distances, chambers, strict=True):
        picture = _over(picture, cover(distance + 2.2, view.pixel_mm), contrast.muscle)
        picture = _over(picture, cover(distance, view.pixel_mm), signal * blood)
    return picture


def _papillaries(
    picture: np.ndarray,
    view: View,
    inner: np.ndarray,
    height: float,
    cavity: np.ndarray,
    muscle: np.ndarray,
    contrast: Contrast,
) -> np.ndarray:
    """Anterolateral and posteromedial muscle: at the wall near the apex, free in the cavity in the middle."""
    if not 0.12 < height < 0.74:
        return picture
    angles = ANGLE_RAD[view.angle].astype(np.float32)
    for angle_rad, size in ((2.25, 1.0), (-2.35, 1.1)):
        place = int((angle_rad + np.pi) / (2 * np.pi) * ANGLES)
        root_mm = inner[place] * (0.80 - 0.25 * height)
        thickest_mm = min(contrast.papillary_mm * size, 0.30 * float(inner[place]))
        radius_mm = thickest_mm * np.sqrt(np.clip(6 * (0.74 - height), 0, 1))
        along = view.distance_mm * np.cos(angles - angle_rad) - root_mm
        across = view.distance_mm * np.sin(angles - angle_rad)
        blob = radius_mm - np.hypot(along * 0.8, across)
        picture = _over(picture, cover(blob, view.pixel_mm) * cavity, muscle)
    return picture


def _over(picture: np.ndarray, share: np.ndarray, value: float | np.ndarray) -> np.ndarray:
    return picture + share * (value - picture)
