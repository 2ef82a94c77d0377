"""A subject from its numbers to its pictures: person, heart, beat, body, and one picture a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from cardioprior.cohorts.phantom import (
    acquisition,
    anatomy,
    motion,
    painting,
    population,
    sampling,
    signal,
    surface,
    torso,
    ultrasound,
)
from cardioprior.cohorts.phantom import views as grids
from cardioprior.cohorts.phantom.fields import Texture
from cardioprior.cohorts.phantom.population import Person
from cardioprior.cohorts.phantom.views import Grid

if TYPE_CHECKING:
    from cardioprior.cohorts.contract import Role
    from cardioprior.cohorts.phantom import Settings, Stack

# a stream of random numbers by purpose, the subject's own
Streams = Callable[[str], np.random.Generator]
USUAL_RADIUS_MM = 27.0  # of the LV, to which the atria's sizes belong


@dataclass(frozen=True)
class Cycle:
    """Which moments of the heart's cycle are pictured: their contraction and frame numbers, of `length` frames."""

    length: int
    frames: tuple[int, ...]
    contraction: np.ndarray
    es_frame: int


@dataclass(frozen=True)
class Picture:
    """A view: image (int16; us: uint8) and labels uint8, both (frames, slices, rows, columns), and where it lies."""

    grid: Grid
    image: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Scanned:
    """A subject and its pictures by role."""

    person: Person
    cycle: Cycle
    pictures: Mapping[Role, Picture]


def scan(subject: str, settings: Settings, streams: Streams) -> Scanned:
    """The subject as the settings' views see it."""
    device = _device(settings.device)
    person = population.draw(subject, streams("person"))
    cycle = _cycle(person, settings, streams("cycle"))
    body = make_body(person, cycle.contraction, streams, device)
    scanner = acquisition.Scanner.draw(streams("scanner"))
    pictures = {}
    for role, grid in _grids(person, settings, streams).items():
        noise = torch.Generator(device)
        noise.manual_seed(int(streams(f"noise {role}").integers(2**62)))
        image, labels = acquisition.acquire(body, grid, scanner, len(cycle.frames), noise)
        truth = labels.cpu().numpy()
        pictures[role] = Picture(grid, image.cpu().numpy(), acquisition.one_piece(truth) if grid.ring else truth)
    if settings.views.us:
        probe, grid = ultrasound.aim(person, streams("probe"), **settings.views.us.model_dump())
        noise = torch.Generator(device)
        noise.manual_seed(int(streams("noise us").integers(2**62)))
        image, labels = ultrasound.acquire(body, grid, probe, len(cycle.frames), noise)
        pictures["us"] = Picture(grid, image.cpu().numpy(), labels.cpu().numpy())
    return Scanned(person, cycle, pictures)


def make_body(person: Person, contraction: np.ndarray, streams: Streams, device: torch.device) -> acquisition.Body:
    """The person's heart and surroundings in frames of the given contraction (0 at ED, 1 at ES)."""
    heart = anatomy.build(person)
    outside = surface.draw(person, streams("surface"))
    signals = signal.draw(streams("signal"))
    tissue = painting.Tissue(
        signals=signals,
        surface=outside,
        texture=Texture(streams("texture"), 2.5, device),
        flow=Texture(streams("flow"), 3.5, device),
        scale=heart.radius_mm / USUAL_RADIUS_MM,
    )
    moving = sampling.tabulate(motion.beat(heart, contraction), outside, device)
    return acquisition.Body(person, moving, tissue, torso.draw(person, signals, streams("torso"), device))


def _cycle(person: Person, settings: Settings, rng: np.random.Generator) -> Cycle:
    few = settings.some_frames
    lowest, highest = few.frames if few and rng.random() < few.share else settings.frames
    length = int(rng.integers(lowest, highest + 1))
    curve = motion.contraction_curve(length, person.es_fraction, person.kick)
    es_frame = motion.es_frame(length, person.es_fraction)
    frames = {"all": tuple(range(length)), "ed_es": (0, es_frame), "ed": (0,)}[settings.phases]
    return Cycle(length, frames, curve[list(frames)], es_frame)


def _grids(person: Person, settings: Settings, streams: Streams) -> dict[Role, Grid]:
    views = settings.views
    found: dict[Role, Grid] = {}
    stacks: tuple[tuple[Role, Stack | None], ...] = (("sax", views.sax), ("lr", views.lr))
    for role, stack in stacks:
        if stack:
            found[role] = grids.short_axis(person, streams(f"stack {role}"), **stack.model_dump())
    if views.hr:
        found["hr"] = grids.volume(person, **views.hr.model_dump())
    if views.la4ch:
        found["la4ch"] = grids.four_chamber(person, **views.la4ch.model_dump())
    return found


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
