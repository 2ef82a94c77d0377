"""What surrounds the heart in a short-axis slice: lungs, chest wall, diaphragm, liver, stomach, spine, aorta.

A static picture per slice, in units of the blood's signal, built from implicit functions (negative inside, mm) whose
edges are one pixel soft. Only its look matters: it has no labels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.stack import Stack

AIR, LUNG, FAT, MUSCLE, LIVER, BONE, SPLEEN = 0.015, 0.075, 0.95, 0.24, 0.40, 0.55, 0.62

# paint(picture, distance inside a border in mm, signal) -> picture
Paint = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def grid_mm(stack: Stack) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixel centres from the picture's centre, mm, each (matrix, matrix), float32."""
    axis = ((np.arange(stack.matrix) - (stack.matrix - 1) / 2) * stack.pixel_mm).astype(np.float32)
    return np.meshgrid(axis, axis, indexing="xy")


def cover(inside_mm: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Share of a pixel that lies inside a contour, from the distance to it (positive inside)."""
    return np.clip(inside_mm / pixel_mm + 0.5, 0, 1)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float | tuple[float, ...]) -> np.ndarray:
    """A Gaussian random field of SD 1, float32; `sigma` (pixels) is its correlation length."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, mode="wrap")
    return field / max(float(field.std()), 1e-6)


def draw(person: Person, stack: Stack, rng: np.random.Generator) -> np.ndarray:
    """Background of every slice, (slices, matrix, matrix), float32."""
    x, y = grid_mm(stack)
    traits = _traits(person, rng)
    rough = smooth_noise(rng, (len(stack.z_mm), *x.shape), (0.6, 4, 4))
    fine = smooth_noise(rng, (len(stack.z_mm), *x.shape), (0.5, 1.3, 1.3))
    pictures = []
    for index, z_mm in enumerate(stack.z_mm):
        share = z_mm / person.lv_length_mm  # 0 at the apex, 1 at the base
        # The torso follows the heart's place in the picture in part only, so that their relation differs.
        dx, dy = stack.shift_mm[index] + 0.6 * np.asarray(person.offset_mm)
        pictures.append(_slice(x - dx, y - dy, share, traits, 2.5 * rough[index], stack.pixel_mm))
    return np.stack(pictures).astype(np.float32) * (1 + 0.05 * rough + 0.06 * fine)


def _traits(person: Person, rng: np.random.Generator) -> dict[str, float]:
    """The numbers in which torsos differ: distances in mm, tissue signals."""
    radius = 34 + 20 * (person.lv_edv_ml / 150 - 1) * 0.3 + (person.wall_mm - 8)
    bmi = person.weight_kg / (person.height_cm / 100) ** 2
    return {
        "diaphragm": radius + rng.uniform(5, 14),
        "wall": radius + rng.uniform(24, 40),
        "body": 62 + rng.uniform(0, 20),
        "skin": 6 + max(bmi - 18, 0) * rng.uniform(0.9, 1.5),
        "stomach": rng.uniform(15, 40),
        "contents": rng.uniform(0.1, 0.9),
        "aorta": rng.uniform(9.5, 13.5),
        "liver": LIVER * rng.uniform(0.85, 1.2),
        "fat": FAT * rng.uniform(0.85, 1.15),
        "muscle": MUSCLE * rng.uniform(0.85, 1.2),
        "rib": rng.uniform(0, 2 * np.pi),
        "phase": rng.uniform(0, 2 * np.pi),
    }


def _slice(
    x: np.ndarray, y: np.ndarray, share: float, traits: dict[str, float], wobble: np.ndarray, pixel_mm: float
) -> np.ndarray:
    """One picture. x, y: place in the torso, mm. share: height along the LV. wobble: mm, makes borders irregular."""

    def paint(picture: np.ndarray, inside_mm: np.ndarray, value: float) -> np.ndarray:
        share_inside = cover(inside_mm + wobble, pixel_mm)
        return picture + share_inside * (value - picture)

    vessels = np.clip(wobble - 2.8, 0, None) * 0.12
    picture = LUNG + vessels
    picture = _belly(paint, picture, x, y, share, traits)
    # Retrosternal and pericardial fat left of and above the heart.
    left = -(x + 22) * 0.75 - (y + 18) * 0.66 - 18
    picture = paint(picture, np.minimum(left, 55 - np.abs(y + 10 + 15 * share)), 0.55 * traits["fat"])
    picture = _back(paint, picture, x, y, share, traits)
    return _chest_wall(paint, picture, x, y, traits)


def _belly(
    paint: Paint, picture: np.ndarray, x: np.ndarray, y: np.ndarray, share: float, traits: dict[str, float]
) -> np.ndarray:
    """Liver and stomach under the diaphragm's dome; less of them towards the base."""
    dome = y - traits["diaphragm"] - 16 * share + 9 * np.cos((x + 10) / 45) - 0.0012 * (x + 15) ** 2
    picture = paint(picture, dome + 1.8, traits["muscle"])
    picture = paint(picture, dome, traits["liver"])
    veins = 2.6 * np.sin(x / 11 + traits["phase"]) + 2.6 * np.cos(y / 9 + x / 17) - 4.4
    picture = paint(picture, np.minimum(veins, dome - 8), 0.85)
    low = y - traits["diaphragm"] - 36 - 14 * share
    stomach = np.minimum(28 - np.hypot((x - traits["stomach"]) * 0.75, low), dome - 3)
    picture = paint(picture, stomach, traits["muscle"])
    picture = paint(picture, stomach - 4, traits["contents"])
    spleen = np.minimum(22 - np.hypot(x - 84, (y - 62) * 0.6), dome - 3)
    return paint(picture, spleen, SPLEEN)


def _back(
    paint: Paint, picture: np.ndarray, x: np.ndarray, y: np.ndarray, share: float, traits: dict[str, float]
) -> np.ndarray:
    """Descending aorta, spine and back muscles, at the right of the picture, lower at the apex."""
    cx, cy = 78 - 6 * share, 30 + 22 * (1 - share)
    spine = 21 - np.hypot(x - cx - 32, y - cy + 4)
    picture = paint(picture, 15 - np.hypot((x - cx - 34) * 0.6, (y - cy) * 0.4), traits["muscle"])
    picture = paint(picture, spine, 0.12)
    picture = paint(picture, spine - 2.5, BONE)
    vessel = traits["aorta"] - np.hypot(x - cx, y - cy)
    picture = paint(picture, vessel + 2, 0.35)
    picture = paint(picture, vessel, 0.93)
    gullet = 6 - np.hypot(x - cx + 20, (y - cy + 4) * 1.3)
    return paint(paint(picture, gullet, traits["muscle"]), gullet - 3.5, 0.5)


def _chest_wall(
    paint: Paint, picture: np.ndarray, x: np.ndarray, y: np.ndarray, traits: dict[str, float]
) -> np.ndarray:
    """From inside out: muscle with ribs in it, fat, air. The wall runs around the upper left of the picture."""
    radius = np.hypot((x - 45) * 0.92, (y - 35) * 1.02)
    angle = np.arctan2(y - 35, x - 45)
    depth = radius - traits["wall"] - traits["body"]
    picture = paint(picture, depth, traits["muscle"])
    ribs = 5.5 - np.hypot(depth - 8, 11 * np.sin(4.2 * angle + traits["rib"]) + 4)
    picture = paint(paint(picture, ribs, 0.08), ribs - 1.8, BONE)
    picture = paint(picture, depth - 16 + 3 * np.sin(3 * angle), traits["fat"])
    return paint(picture, depth - 16 - traits["skin"], AIR)
