"""From moving contours to pictures: tissue signals, partial volume, coils, blur and noise; and the true labels.

Signals imitate balanced SSFP at 1.5 T relative to blood (bright blood and fat, dark muscle; Scheffler & Lehnhardt, Eur
Radiol 2003;13:2409). Each slice is the mean of three sub-slices through its thickness; edges in the plane are one pixel
soft. A voxel's true label is what most of its sub-slices hold, the middle one when all three differ.
"""

from __future__ import annotations

import numpy as np

from cardioprior.cohorts.phantom.anatomy import ANGLE_RAD, ANGLES
from cardioprior.cohorts.phantom.motion import Beat
from cardioprior.cohorts.phantom.painting import RV_WALL_MM, Contrast, View, above_base, label_map, short_axis
from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.stack import Stack
from cardioprior.cohorts.phantom.torso import draw, grid_mm, smooth_noise
from cardioprior.imaging import labels

SUB_SLICES = np.array([-1.0, 0.0, 1.0]) / 3


def render(person: Person, beat: Beat, stack: Stack, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Image (uint16) and true labels (uint8), both (frames, slices, matrix, matrix)."""
    contrast = _contrast(person, rng)
    background = draw(person, stack, rng)
    texture = smooth_noise(rng, background.shape, (0.5, 1.6, 1.6))
    bias = _coil_bias(stack, rng)
    image = np.empty((stack.frames, *background.shape), np.uint16)
    truth = np.zeros(image.shape, np.uint8)
    for index in range(len(stack.z_mm)):
        pure = np.repeat(background[None, index], stack.frames, axis=0)
        _draw_heart(pure, truth[:, index], index, beat, stack, contrast, texture[index])
        image[:, index] = _acquire(pure * bias, contrast, rng)
    return image, keep_largest_rv(truth)


def keep_largest_rv(truth: np.ndarray) -> np.ndarray:
    """Truth without crumbs: in every frame and slice RV is its largest 4-connected piece of at least 12 pixels."""
    from scipy.ndimage import label

    cleaned = truth.copy()
    for plane in cleaned.reshape(-1, *truth.shape[-2:]):
        pieces, _ = label(plane == labels.RV)
        sizes = np.bincount(pieces.ravel())
        sizes[0] = 0
        keep = int(sizes.argmax())
        plane[(pieces != keep) & (pieces > 0)] = labels.BACKGROUND
        if sizes[keep] < 12:
            plane[pieces > 0] = labels.BACKGROUND
    return cleaned


def _contrast(person: Person, rng: np.random.Generator) -> Contrast:
    harmonics = sum(np.cos(k * ANGLE_RAD - rng.uniform(0, 2 * np.pi)) * rng.normal(0, 1.2) for k in (1, 2, 3, 5))
    # Fat fills the grooves where the RV meets the LV.
    grooves = sum(6 * np.exp(-0.5 * ((ANGLE_RAD - a) / 0.22) ** 2) for a in (person.rv_span_rad, -person.rv_span_rad))
    ridges = smooth_noise(rng, (24, ANGLES), (1.5, 11))
    return Contrast(
        muscle=float(rng.uniform(0.30, 0.42)),
        rv_blood=float(rng.uniform(0.86, 1.0)),
        fat=float(rng.uniform(0.75, 1.0)),
        trabeculae_mm=float(rng.uniform(0.8, 1.8)),
        papillary_mm=float(rng.uniform(3.4, 5.0)),
        blur_pixels=float(rng.uniform(0.45, 0.75)),
        noise=float(rng.uniform(0.035, 0.065)),
        gain=float(rng.uniform(280, 620)),
        fat_mm=(np.clip(1.5 + harmonics, 0.2, 6) + grooves).astype(np.float32),
        trabeculae=np.clip(ridges, 0, 2.5).astype(np.float32),
    )


def _draw_heart(
    pictures: np.ndarray,
    truth: np.ndarray,
    index: int,
    beat: Beat,
    stack: Stack,
    contrast: Contrast,
    texture: np.ndarray,
) -> None:
    """Paints the heart of one slice into its own arrays `pictures` and `truth`, both (frames, matrix, matrix)."""
    z_mm = stack.z_mm[index] + SUB_SLICES * stack.thickness_mm
    radii = [r.astype(np.float32) for r in beat.radii_mm(z_mm)]
    heights = beat.height(z_mm)
    twist = beat.twist_rad(float(stack.z_mm[index]))
    window = _window(beat, stack, index, float(max(r.max() for r in radii)))
    muscle = contrast.muscle * (1 + 0.07 * texture[window])
    blood = 1 + 0.05 * texture[window]
    for frame in range(stack.frames):
        view = _view(beat, stack, index, frame, float(twist[frame]), window)
        parts, votes = [], []
        for sub in range(len(SUB_SLICES)):
            inner, outer, free = (r[frame, sub] for r in radii)
            height = float(heights[frame, sub])
            base = pictures[frame][window]
            if height > 1:
                parts.append(above_base(base, view, beat.heart.radius_mm, blood, contrast))
                votes.append(np.zeros(base.shape, np.uint8))
            else:
                parts.append(short_axis(base, view, (inner, outer, free), height, muscle, blood, contrast))
                votes.append(label_map(view, inner, outer, free))
        pictures[frame][window] = (parts[0] + parts[1] + parts[2]) / 3
        truth[frame][window] = np.where(votes[0] == votes[2], votes[0], votes[1])


def _centre_mm(beat: Beat, stack: Stack, index: int, frame: int) -> np.ndarray:
    """LV axis in the slice: tilted, shifted by breathing, drawn towards the septum in systole."""
    person = beat.heart.person
    septal = np.array([np.cos(person.rotation_rad), np.sin(person.rotation_rad)])
    tilt = np.asarray(person.tilt) * (stack.z_mm[index] - person.lv_length_mm / 2)
    return np.asarray(person.offset_mm) + tilt + stack.shift_mm[index] + 2.5 * beat.contraction[frame] * septal


def _window(beat: Beat, stack: Stack, index: int, radius_mm: float) -> tuple[slice, slice]:
    """The square of pixels that the heart, its fat or the atria can touch in any frame."""
    atria_mm = 3.2 * beat.heart.radius_mm + 20
    reach = max(radius_mm + RV_WALL_MM + 14, atria_mm)
    middle = _centre_mm(beat, stack, index, 0) / stack.pixel_mm + (stack.matrix - 1) / 2
    first = np.clip(np.floor(middle - reach / stack.pixel_mm), 0, stack.matrix).astype(int)
    last = np.clip(np.ceil(middle + reach / stack.pixel_mm) + 1, 0, stack.matrix).astype(int)
    return slice(first[1], last[1]), slice(first[0], last[0])


def _view(beat: Beat, stack: Stack, index: int, frame: int, twist_rad: float, window: tuple[slice, slice]) -> View:
    x, y = (axis[window] for axis in grid_mm(stack))
    cx, cy = _centre_mm(beat, stack, index, frame).astype(np.float32)
    turn = np.arctan2(y - cy, x - cx) - np.float32(beat.heart.person.rotation_rad + twist_rad) + np.float32(np.pi)
    angle = np.rint(turn * np.float32(ANGLES / (2 * np.pi))).astype(np.int32) % ANGLES
    return View(np.hypot(x - cx, y - cy), angle, stack.pixel_mm)


def _coil_bias(stack: Stack, rng: np.random.Generator) -> np.ndarray:
    """Receive sensitivity, mean 1: an array on the chest (upper left) and one in the back (right)."""
    x, y = grid_mm(stack)
    tilt = rng.normal(0, 20, 4)
    front = np.exp(-np.hypot(x + 90 + tilt[0], y + 90 + tilt[1]) / 130)
    back = np.exp(-np.hypot(x - 130 + tilt[2], y - 30 + tilt[3]) / 130)
    bias = 0.45 + front * rng.uniform(0.7, 1.3) + back * rng.uniform(0.5, 1.0)
    return (bias / bias.mean()).astype(np.float32)


def _acquire(pictures: np.ndarray, contrast: Contrast, rng: np.random.Generator) -> np.ndarray:
    """Blur in the plane, complex noise and its magnitude (Rician), 12-bit integers."""
    from scipy.ndimage import gaussian_filter

    blurred = gaussian_filter(pictures, (0, contrast.blur_pixels, contrast.blur_pixels))
    real = blurred + contrast.noise * rng.standard_normal(pictures.shape, dtype=np.float32)
    imaginary = contrast.noise * rng.standard_normal(pictures.shape, dtype=np.float32)
    return np.clip(np.rint(contrast.gain * np.hypot(real, imaginary)), 0, 4095).astype(np.uint16)
