"""From a beating body to pictures: slice profile, partial volume, coils, blur, noise; and the labels one would draw.

A slice is the mean of sub-slices through its thickness, edges in the plane are one pixel soft. Noise is complex and
white in what the coil receives, so magnitudes are Rician; the picture is then as blurred as k-space was cut short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from cardioprior.cohorts.phantom import painting
from cardioprior.cohorts.phantom.painting import Tissue
from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.sampling import MovingHeart, Points
from cardioprior.cohorts.phantom.torso import Torso
from cardioprior.cohorts.phantom.views import Grid
from cardioprior.imaging import labels

SMALLEST_RV_PIXELS = 12


@dataclass(frozen=True)
class Scanner:
    """What differs from scan to scan. noise: SD relative to LV blood; blur_mm: SD of the point spread."""

    noise: float
    blur_mm: float
    gain: float
    coils: tuple[float, ...]

    @staticmethod
    def draw(rng: np.random.Generator) -> Scanner:
        """Ranges of the clinical cines that docs/phantom.md compares with."""
        coils = tuple(float(v) for v in (*rng.normal(0, 20, 4), rng.uniform(0.7, 1.3), rng.uniform(0.5, 1.0)))
        return Scanner(
            noise=float(rng.uniform(0.02, 0.04)),
            blur_mm=float(rng.uniform(0.75, 1.15)),
            gain=float(rng.uniform(280, 620)),
            coils=coils,
        )

    def sensitivity(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Receive sensitivity: an array on the chest (upper left) and one in the back (right)."""
        tilt, front, back = self.coils[:4], self.coils[4], self.coils[5]
        chest = torch.exp(torch.hypot(x + 90 + tilt[0], y + 90 + tilt[1]) * (-1 / 130))
        spine = torch.exp(torch.hypot(x - 130 + tilt[2], y - 30 + tilt[3]) * (-1 / 130))
        return 0.5 + front * chest + back * spine


@dataclass(frozen=True)
class Body:
    """All that is scanned."""

    person: Person
    heart: MovingHeart
    tissue: Tissue
    torso: Torso

    def in_heart(
        self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Points of the body's frame in the heart's."""
        origin = self.person.heart_origin_mm()
        x, y, z = x - float(origin[0]), y - float(origin[1]), z - float(origin[2])
        u, v, w = (x * float(a[0]) + y * float(a[1]) + z * float(a[2]) for a in self.person.heart_axes())
        return u, v, w


def acquire(
    body: Body, grid: Grid, scanner: Scanner, frames: int, noise: torch.Generator, *, chunk: int = 2
) -> tuple[torch.Tensor, torch.Tensor]:
    """Image (int16) and labels (uint8), both (frames, slices, rows, columns), where the body's tensors are.

    chunk: frames painted at once; it changes speed and memory only.
    """
    device = body.heart.borders.device
    image = torch.empty((frames, *grid.shape_zyx), dtype=torch.int16, device=device)
    truth = torch.zeros(image.shape, dtype=torch.uint8, device=device)
    for index in range(grid.shape_zyx[0]):
        x, y, z = grid.points(index, device)
        still = body.torso.picture(x[0], y[0], z[0], grid.pixel_mm)
        pure = still.repeat(frames, 1, 1)
        window = _window(body, grid, index, frames, device)
        if window:
            _heart(body, grid, index, window, pure[:, *window], truth[:, index, *window], chunk)
        image[:, index] = receive(pure * scanner.sensitivity(x[0], y[0]), scanner, grid.pixel_mm, noise)
    return image, truth


def _window(
    body: Body, grid: Grid, index: int, frames: int, device: torch.device, coarse: int = 8
) -> tuple[slice, slice] | None:
    """Rows and columns that the heart or its vessels touch in any frame; None if they touch none."""
    places = grid.points(index, device, every=coarse)
    points = body.heart.look(*body.in_heart(*places), slice(0, frames))
    near = painting.near_heart(points, body.heart, body.tissue).any(dim=0)[0]
    if not bool(near.any()):
        return None
    hits = near.nonzero()
    first, last = hits.amin(0).tolist(), hits.amax(0).tolist()
    rows, columns = (
        slice(max((low - 1) * coarse, 0), min((high + 1) * coarse + 1, size))
        for low, high, size in zip(first, last, grid.shape_zyx[1:], strict=True)
    )
    return rows, columns


def _heart(
    body: Body,
    grid: Grid,
    index: int,
    window: tuple[slice, slice],
    pure: torch.Tensor,
    truth: torch.Tensor,
    chunk: int,
) -> None:
    """Paints the heart into the caller's own arrays of this window: `pure` and `truth`, (frames, rows, columns)."""
    subs = grid.sub_slices
    places = grid.points(index, pure.device, subs)
    x, y, z = (axis[:, *window] for axis in places)
    flow = body.tissue.flow.at(x[subs // 2], y[subs // 2], z[subs // 2])
    inside = body.in_heart(x, y, z)
    for first in range(0, len(pure), chunk):
        frames = slice(first, min(first + chunk, len(pure)))
        points = body.heart.look(*inside, frames)
        picture = pure[frames, None].expand(-1, subs, -1, -1)
        picture = painting.paint(picture, points, body.heart, body.tissue, flow, grid.pixel_mm)
        pure[frames] = picture.mean(dim=1)
        truth[frames] = draw_labels(points.sub_slice(subs // 2), grid.pixel_mm, ring=grid.ring)


def draw_labels(points: Points, pixel_mm: float, *, ring: bool) -> torch.Tensor:
    """Labels of one slice, (frames, rows, columns), uint8.

    ring: as one draws on thick slices: closed contours of the LV where at least half of it lies below the mitral valve,
    none elsewhere. Otherwise every voxel is judged by itself.
    """
    epicardium = points.inside("epicardium") > 0
    ventricle = points.above_mm < 0
    if ring:
        share = (epicardium & ventricle).sum((1, 2)) / epicardium.sum((1, 2)).clamp_min(1)
        ventricle = (share >= 0.5)[:, None, None]
    # A crescent's corner of less than two pixels would fall apart.
    wide = points.border("free_wall") - points.border("epicardium") > 1.8 * pixel_mm
    cavity = (points.inside("free_wall") > 0) & wide & ~epicardium
    cavity &= (cavity.sum((1, 2)) >= SMALLEST_RV_PIXELS)[:, None, None]
    result = cavity.to(torch.uint8) * labels.RV
    result[epicardium & ventricle] = labels.MYO
    result[(points.inside("endocardium") > 0) & ventricle] = labels.LV
    return result


def one_piece(truth: np.ndarray) -> np.ndarray:
    """Labels (frames, slices, rows, columns) as one draws them: the RV as one piece in each picture (a slice that
    grazes the tricuspid valve can cut its inflow and its outflow), LV, wall and RV in one run of slices (a tip of
    less than a pixel can be missed in one, and a valve's slope and a breath can leave one out)."""
    cleaned = truth.copy()
    for plane in cleaned.reshape(-1, *truth.shape[-2:]):
        pieces, count = ndimage.label(plane == labels.RV, np.ones((3, 3)))
        if count > 1:
            largest = np.bincount(pieces.ravel())[1:].argmax() + 1
            plane[(pieces != largest) & (pieces > 0)] = labels.BACKGROUND
    for frame in cleaned:
        for drawn, instead in (
            ((labels.LV, labels.MYO), labels.BACKGROUND),
            ((labels.LV,), labels.MYO),
            ((labels.RV,), labels.BACKGROUND),
        ):
            there = np.isin(frame, drawn)
            frame[there & ~_largest_run(there)[:, None, None]] = instead
    return cleaned


def _largest_run(there: np.ndarray) -> np.ndarray:
    """Which slices (slices,) belong to the run of neighbours that holds most of a mask (slices, rows, columns)."""
    sizes = there.sum(axis=(1, 2))
    runs, count = ndimage.label(sizes > 0)
    if count == 0:
        return runs > 0
    return np.asarray(runs == np.argmax(ndimage.sum_labels(sizes, runs, np.arange(1, count + 1))) + 1)


def receive(signal: torch.Tensor, scanner: Scanner, pixel_mm: float, noise: torch.Generator) -> torch.Tensor:
    """Signal (frames, rows, columns) as 12-bit magnitudes with noise, blurred.

    Blurring takes noise away, so that more is put in: a Gaussian of s pixels leaves 1 / (2 s sqrt(pi)) of white noise.
    """
    sigma = scanner.blur_mm / pixel_mm
    sd = scanner.noise * max(1.0, 2 * sigma * math.sqrt(math.pi))
    received = torch.empty(signal.shape, dtype=torch.int16, device=signal.device)
    for frame, pure in enumerate(signal):  # a frame at a time stays in the processor's cache
        parts = torch.empty((2, *pure.shape), dtype=pure.dtype, device=pure.device)
        parts.normal_(0, sd, generator=noise)
        parts[0] += pure
        real, imaginary = _blur(_blur(parts, sigma, axis=1), sigma, axis=2)
        received[frame] = torch.hypot(real, imaginary).mul_(scanner.gain).round_().clamp_(0, 4095)
    return received


def _blur(pictures: torch.Tensor, sigma: float, axis: int) -> torch.Tensor:
    """Gaussian blur along an axis, the pictures' ends repeated beyond them. Sums of shifted pictures: a convolution
    with one channel is ten times slower on a CPU."""
    reach, size = max(1, round(3 * sigma)), pictures.shape[axis]
    weights = [math.exp(-0.5 * (step / sigma) ** 2) for step in range(reach + 1)]
    total = weights[0] + 2 * sum(weights[1:])
    ends = [pictures.narrow(axis, at, 1).expand_as(pictures.narrow(axis, 0, reach)) for at in (0, size - 1)]
    padded = torch.cat([ends[0], pictures, ends[1]], dim=axis)
    blurred = pictures * (weights[0] / total)
    for step in range(1, reach + 1):
        for place in (reach - step, reach + step):
            blurred.add_(padded.narrow(axis, place, size), alpha=weights[step] / total)
    return blurred
