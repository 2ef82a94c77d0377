"""What surrounds the heart: lungs, chest wall, diaphragm, liver, stomach, spine, aorta. Still, and without labels.

Implicit functions of the body's frame (negative inside, mm) whose edges are one pixel soft. The body's frame is the
short-axis picture's: x along its rows, y down its columns, z from apex to base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cardioprior.cohorts.phantom.fields import Texture
from cardioprior.cohorts.phantom.painting import cover, over
from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.signal import AIR, Signals


@dataclass(frozen=True)
class Torso:
    """A person's surroundings. traits: the numbers in which torsos differ, mm or signal."""

    person: Person
    signals: Signals
    traits: dict[str, float]
    rough: Texture
    fine: Texture

    def picture(self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor, pixel_mm: float) -> torch.Tensor:
        """The signal at points of the body's frame, mm, relative to blood."""
        rough = self.rough.at(x, y, z)
        # The torso follows the heart's place in the picture in part only, so that their relation differs.
        dx, dy = (0.6 * offset for offset in self.person.offset_mm)
        share = z / self.person.lv_length_mm + 0.5  # 0 at the apex, 1 at the base
        picture = _paint(Place(x - dx, y - dy, share, 2.5 * rough, pixel_mm), self.traits, self.signals)
        return picture * (1 + 0.05 * rough + 0.06 * self.fine.at(x, y, z))


def draw(person: Person, signals: Signals, rng: np.random.Generator, device: torch.device) -> Torso:
    """The person's own."""
    return Torso(person, signals, _traits(person, rng), Texture(rng, 5.5, device), Texture(rng, 2.0, device))


@dataclass(frozen=True)
class Place:
    """Points in the torso: x, y in mm; share: height along the LV; wobble: mm, makes borders irregular."""

    x: torch.Tensor
    y: torch.Tensor
    share: torch.Tensor
    wobble: torch.Tensor
    pixel_mm: float

    def layer(self, picture: torch.Tensor, inside_mm: torch.Tensor, value: float) -> torch.Tensor:
        """The picture with a tissue over it."""
        return over(picture, cover(inside_mm + self.wobble, self.pixel_mm), value)


def _traits(person: Person, rng: np.random.Generator) -> dict[str, float]:
    """The numbers in which torsos differ: distances in mm, tissue signals."""
    radius = 34 + 20 * (person.lv_edv_ml / 150 - 1) * 0.3 + 0.1 * (person.lv_mass_g - 100)
    bmi = person.weight_kg / (person.height_cm / 100) ** 2
    return {
        "diaphragm": radius + rng.uniform(-4, 6),
        "wall": radius + rng.uniform(16, 32),
        "body": 62 + rng.uniform(0, 20),
        "skin": 6 + max(bmi - 18, 0) * rng.uniform(0.9, 1.5),
        "stomach": rng.uniform(15, 40),
        "contents": rng.uniform(0.1, 0.9),
        "aorta": rng.uniform(9.5, 13.5),
        "rib": rng.uniform(0, 2 * np.pi),
        "phase": rng.uniform(0, 2 * np.pi),
    }


def _paint(at: Place, traits: dict[str, float], signals: Signals) -> torch.Tensor:
    picture = signals.lung + (at.wobble - 2.8).clamp_min(0) * 0.12  # with vessels
    picture = _belly(at, picture, traits, signals)
    # Retrosternal and pericardial fat left of and above the heart.
    left = -(at.x + 22) * 0.75 - (at.y + 18) * 0.66 - 18
    picture = at.layer(picture, torch.minimum(left, 55 - (at.y + 10 + 15 * at.share).abs()), 0.6 * signals.fat)
    picture = _back(at, picture, traits, signals)
    return _chest_wall(at, picture, traits, signals)


def _belly(at: Place, picture: torch.Tensor, traits: dict[str, float], signals: Signals) -> torch.Tensor:
    """Liver, stomach and spleen under the diaphragm's dome; less of them towards the base."""
    x, y = at.x, at.y
    dome = y - traits["diaphragm"] - 16 * at.share + 9 * torch.cos((x + 10) / 45) - 0.0012 * (x + 15) ** 2
    picture = at.layer(picture, dome + 1.8, signals.skeletal)
    picture = at.layer(picture, dome, signals.liver)
    veins = 2.6 * torch.sin(x / 11 + traits["phase"]) + 2.6 * torch.cos(y / 9 + x / 17) - 4.4
    picture = at.layer(picture, torch.minimum(veins, dome - 8), 0.85)
    low = y - traits["diaphragm"] - 36 - 14 * at.share
    stomach = torch.minimum(28 - torch.hypot((x - traits["stomach"]) * 0.75, low), dome - 3)
    picture = at.layer(picture, stomach, signals.skeletal)
    picture = at.layer(picture, stomach - 4, traits["contents"] * signals.fluid)
    spleen = torch.minimum(22 - torch.hypot(x - 84, (y - 62) * 0.6), dome - 3)
    return at.layer(picture, spleen, signals.spleen)


def _back(at: Place, picture: torch.Tensor, traits: dict[str, float], signals: Signals) -> torch.Tensor:
    """Descending aorta, spine and back muscles, at the right of the picture, lower at the apex."""
    cx, cy = 78 - 6 * at.share, 30 + 22 * (1 - at.share)
    x, y = at.x - cx, at.y - cy
    spine = 21 - torch.hypot(x - 32, y + 4)
    picture = at.layer(picture, 15 - torch.hypot((x - 34) * 0.6, y * 0.4), signals.skeletal)
    picture = at.layer(picture, spine, signals.cortical)
    picture = at.layer(picture, spine - 2.5, signals.bone)
    vessel = traits["aorta"] - torch.hypot(x, y)
    picture = at.layer(picture, vessel + 2, signals.muscle)
    picture = at.layer(picture, vessel, 0.93)
    gullet = 6 - torch.hypot(x + 20, (y + 4) * 1.3)
    return at.layer(at.layer(picture, gullet, signals.skeletal), gullet - 3.5, 0.5 * signals.fluid)


def _chest_wall(at: Place, picture: torch.Tensor, traits: dict[str, float], signals: Signals) -> torch.Tensor:
    """From inside out: muscle with ribs in it, fat, air. The wall runs around the upper left of the picture."""
    radius = torch.hypot((at.x - 45) * 0.92, (at.y - 35) * 1.02)
    angle = torch.atan2(at.y - 35, at.x - 45)
    depth = radius - traits["wall"] - traits["body"]
    picture = at.layer(picture, depth, signals.skeletal)
    ribs = 5.5 - torch.hypot(depth - 8, 11 * torch.sin(4.2 * angle + traits["rib"]) + 4)
    picture = at.layer(at.layer(picture, ribs, signals.cortical), ribs - 1.8, signals.bone)
    picture = at.layer(picture, depth - 16 + 3 * torch.sin(3 * angle), signals.fat)
    return at.layer(picture, depth - 16 - traits["skin"], AIR)
