"""Paints the heart over its surroundings: each structure from outside in, edges one pixel soft."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cardioprior.cohorts.phantom.fields import Texture
from cardioprior.cohorts.phantom.sampling import MovingHeart, Points
from cardioprior.cohorts.phantom.signal import Signals
from cardioprior.cohorts.phantom.surface import Surface

PERICARDIUM_MM = 1.2
ATRIAL_WALL_MM, VESSEL_FAT_MM = 1.8, 5.0
ATRIA_HEIGHT_MM = 50.0  # from the mitral valve at ED to the atria's roof


@dataclass(frozen=True)
class Chamber:
    """An atrium or a great vessel, for a heart of usual size (27 mm LV radius), in the heart's frame.

    u is the height above its valve, 1 at the atria's roof. centre_mm: at u = 0 and u = 1; radius_mm: at its widest;
    oval: how much flatter it is along y. widest: u where it is widest, None for a tube. below: u where it begins.
    """

    bottom_mm: tuple[float, float]
    top_mm: tuple[float, float]
    radius_mm: float
    oval: float
    widest: float | None
    below: float
    right: bool = False


# Those in front displace those behind: aortic root, pulmonary trunk, left atrium, right atrium.
AORTIC_ROOT = Chamber((9, 12), (14, 20), 13.5, 1.0, None, -0.06)
CHAMBERS = (
    AORTIC_ROOT,
    Chamber((26, 32), (-4, 40), 12.5, 1.1, None, 0.45),
    Chamber((-2, -8), (-10, -14), 27, 1.15, 0.5, 0.0),
    Chamber((44, -14), (36, -18), 27, 0.9, 0.45, 0.0, right=True),
)


@dataclass(frozen=True)
class Tissue:
    """What the heart is painted with. texture: of muscle, moves with it. flow: of blood, stays.

    scale: of atria and vessels.
    """

    signals: Signals
    surface: Surface
    texture: Texture
    flow: Texture
    scale: float


def cover(inside_mm: torch.Tensor, pixel_mm: float) -> torch.Tensor:
    """Share of a pixel that lies inside a border, from the distance to it (positive inside)."""
    return (inside_mm * (1 / pixel_mm) + 0.5).clamp_(0, 1)


def over(picture: torch.Tensor, share: torch.Tensor, value: float | torch.Tensor) -> torch.Tensor:
    """The picture with a layer of the value over it that covers `share` of each pixel."""
    return picture + share * (value - picture)


def paint(
    picture: torch.Tensor, points: Points, heart: MovingHeart, tissue: Tissue, flow: torch.Tensor, pixel_mm: float
) -> torch.Tensor:
    """The picture (F, ...) with the heart on it; `flow` (...) is the blood's unevenness there, of SD 1."""
    signals = tissue.signals
    muscle = _muscle(points, heart, tissue)
    blood = 1 + 0.07 * flow
    sac = points.inside("sac")
    picture = over(picture, cover(sac + PERICARDIUM_MM, pixel_mm), 0.5 * signals.muscle)
    picture = over(picture, cover(sac, pixel_mm), 0.8 * signals.fat)
    if bool((points.z_mm > heart.rv_base_mm.min() - 10).any()):
        picture = _paint_atria(picture, points, heart, tissue, blood, pixel_mm)
    picture = _paint_right(picture, points, tissue, muscle, blood, pixel_mm)
    return _paint_left(picture, points, muscle, blood, pixel_mm)


def _muscle(points: Points, heart: MovingHeart, tissue: Tissue) -> torch.Tensor:
    """The muscle's signal at all points; its texture, where there can be any, comes from where it was at ED."""
    mask = (points.inside("epicardium") > -1) & (points.inside("endocardium") < 2)
    free = points.inside("free_wall")
    mask |= (free < 2) & (free > -tissue.surface.rv_wall_mm - 1)
    mask |= (points.inside("far_papillary") > -1) & (points.inside("near_papillary") < 1)
    muscle = torch.full_like(points.radius_mm, tissue.signals.muscle)
    muscle[mask] *= 1 + 0.09 * tissue.texture.at(*heart.material_mm(points, mask))
    return muscle


def near_heart(points: Points, heart: MovingHeart, tissue: Tissue) -> torch.Tensor:
    """Where anything of the heart can be, for choosing the part of a picture that must be painted anew every frame."""
    near = points.inside("sac") > -2 * PERICARDIUM_MM
    for chamber in CHAMBERS:
        near |= _inside_chamber(points, heart, chamber, tissue.scale) > -VESSEL_FAT_MM - 2
    return near


def _paint_right(
    picture: torch.Tensor, points: Points, tissue: Tissue, muscle: torch.Tensor, blood: torch.Tensor, pixel_mm: float
) -> torch.Tensor:
    """The RV's wall, its trabeculated rim and its cavity, outside the LV."""
    free = points.inside("free_wall")
    outside = -points.inside("epicardium")
    wall_mm = tissue.surface.rv_wall_mm
    there = torch.minimum((free + outside - 0.5) * 4, outside + wall_mm)
    picture = over(picture, cover(torch.minimum(free + wall_mm, there), pixel_mm), muscle)
    blood = tissue.signals.rv_blood * blood
    picture = over(picture, 0.35 * cover(torch.minimum(free, outside), pixel_mm), blood)
    return over(picture, cover(torch.minimum(points.inside("rv_blood"), outside), pixel_mm), blood)


def _paint_left(
    picture: torch.Tensor, points: Points, muscle: torch.Tensor, blood: torch.Tensor, pixel_mm: float
) -> torch.Tensor:
    """The LV's wall, cavity and papillary muscles, below the mitral valve."""
    below = -points.above_mm
    picture = over(picture, cover(torch.minimum(points.inside("epicardium"), below), pixel_mm), muscle)
    cavity = cover(torch.minimum(points.inside("endocardium"), below + 2), pixel_mm)
    picture = over(picture, 0.35 * cavity, blood)
    picture = over(picture, cover(torch.minimum(points.inside("blood"), below + 2), pixel_mm), blood)
    papillary = torch.minimum(points.inside("far_papillary"), -points.inside("near_papillary"))
    return over(picture, cover(papillary, pixel_mm) * cavity, muscle)


def _paint_atria(
    picture: torch.Tensor,
    points: Points,
    heart: MovingHeart,
    tissue: Tissue,
    blood: torch.Tensor,
    pixel_mm: float,
) -> torch.Tensor:
    """Atria and great vessels with thin walls in fat."""
    signals = tissue.signals
    inside = [_inside_chamber(points, heart, chamber, tissue.scale) for chamber in CHAMBERS]
    around = torch.stack(inside).amax(0)
    picture = over(picture, cover(around + VESSEL_FAT_MM, pixel_mm), 0.8 * signals.fat)
    picture = over(picture, cover(around + ATRIAL_WALL_MM, pixel_mm), signals.muscle)
    taken = torch.full_like(around, -1e3)
    for chamber, depth in zip(CHAMBERS, inside, strict=True):
        value = signals.rv_blood if chamber.right else 1.0
        picture = over(picture, cover(torch.minimum(depth, -taken - ATRIAL_WALL_MM), pixel_mm), value * blood)
        taken = torch.maximum(taken, depth)
    return picture


def _inside_chamber(points: Points, heart: MovingHeart, chamber: Chamber, scale: float) -> torch.Tensor:
    """How far inside a chamber points lie, mm; it is stretched between its valve, which moves, and a roof at rest."""
    column = (slice(None),) + (None,) * (points.z_mm.ndim - 1)
    valve = (heart.rv_base_mm if chamber.right else heart.base_mm)[points.frames][column]
    roof = heart.base_mm.max() + ATRIA_HEIGHT_MM * scale
    u = (points.z_mm - valve) / (roof - valve)
    radius = torch.full_like(u, chamber.radius_mm * scale)
    if chamber.widest is not None:
        radius *= (1 - ((u - chamber.widest) / 0.62) ** 2).clamp_min(0).sqrt()
    x = points.x_mm - scale * (chamber.bottom_mm[0] + (chamber.top_mm[0] - chamber.bottom_mm[0]) * u)
    y = points.y_mm - scale * (chamber.bottom_mm[1] + (chamber.top_mm[1] - chamber.bottom_mm[1]) * u)
    return torch.minimum(radius - torch.hypot(x, y * chamber.oval), (u - chamber.below) * (roof - valve))
