"""What lies on the heart's borders and in its cavities: trabeculae, papillary muscles, fat, the RV's wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cardioprior.cohorts.phantom.anatomy import ANGLE_RAD, ANGLES, HEIGHTS, smooth_step
from cardioprior.cohorts.phantom.fields import smooth_noise
from cardioprior.cohorts.phantom.population import Person


@dataclass(frozen=True)
class Papillary:
    """A papillary muscle at ED: its angle, how thick it is, and how far up it is free."""

    angle_rad: float
    thickness_mm: float
    top: float


@dataclass(frozen=True)
class Surface:
    """On HEIGHTS x ANGLE_RAD: ridges (relative depth of trabeculae, 0 and more) and fat_mm (pericardial fat)."""

    ridges: np.ndarray
    fat_mm: np.ndarray
    trabeculae_mm: float
    rv_wall_mm: float
    papillaries: tuple[Papillary, ...]


def draw(person: Person, rng: np.random.Generator) -> Surface:
    """The person's own."""
    ridges = np.clip(0.5 + 0.9 * smooth_noise(rng, (len(HEIGHTS), ANGLES), (7, 2.5)), 0, 2.5)
    harmonics = sum(np.cos(k * ANGLE_RAD - rng.uniform(0, 2 * np.pi)) * rng.normal(0, 1.3) for k in (1, 2, 3, 5))
    # Fat fills the grooves where the RV meets the LV, and the groove between ventricles and atria.
    grooves = sum(6 * np.exp(-0.5 * ((ANGLE_RAD - a) / 0.22) ** 2) for a in (person.rv_span_rad, -person.rv_span_rad))
    ring = 5 * smooth_step((HEIGHTS - 0.75) / 0.25)
    fat_mm = np.clip(0.8 + harmonics, 0, 6) + grooves + ring[:, None]
    return Surface(
        ridges=ridges,
        fat_mm=fat_mm,
        trabeculae_mm=float(rng.uniform(2.0, 4.5)),
        rv_wall_mm=float(rng.uniform(2.6, 3.6)),
        papillaries=(
            Papillary(2.25 + float(rng.normal(0, 0.12)), float(rng.uniform(4.2, 6.0)), float(rng.uniform(0.62, 0.72))),
            Papillary(-2.35 + float(rng.normal(0, 0.12)), float(rng.uniform(4.5, 6.5)), float(rng.uniform(0.62, 0.72))),
        ),
    )


def papillary_borders(
    papillaries: tuple[Papillary, ...], endocardium: torch.Tensor, height: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a ray from the LV's axis enters and leaves a papillary muscle, mm, both like `endocardium` (F, Z, A).

    They stand at the wall near the apex and free in the cavity in the middle. Where there is none, both are 0.
    height: (F, Z, 1).
    """
    near, far = torch.zeros_like(endocardium), torch.zeros_like(endocardium)
    angles = torch.as_tensor(ANGLE_RAD, dtype=endocardium.dtype, device=endocardium.device)
    for papillary in papillaries:
        turn = angles - papillary.angle_rad
        wall = endocardium[..., int(torch.cos(turn).argmax())][..., None]
        root = wall * (0.82 - 0.25 * height)
        there = (8 * (papillary.top - height)).clamp(0, 1) * (8 * (height - 0.1)).clamp(0, 1)
        thickness = torch.minimum(papillary.thickness_mm * there.sqrt(), 0.3 * wall)
        across, along = root * torch.sin(turn), root * torch.cos(turn)
        half = (thickness**2 - across**2).clamp_min(0).sqrt() * (torch.cos(turn) > 0)
        near, far = torch.where(half > 0, along - half, near), torch.where(half > 0, along + half, far)
    return near, far
