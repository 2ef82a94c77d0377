"""The phantom's subjects for measuring: their tables, their labels on a fine grid, and their scans.

All figures are of the subjects of one cohort name and seed, so that every command looks at the same people. What is
asked of many subjects runs in several processes; a result depends on its subject only.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
import yaml

from cardioprior.cohorts.phantom import (
    Adapter,
    Settings,
    acquisition,
    anatomy,
    motion,
    population,
    sampling,
    surface,
)

T = TypeVar("T")
GROUPS = population.GROUPS
NAME, SEED = "figures", 0
CONFIG = Path(__file__).parents[2] / "config.yaml"
MARGIN_MM = 24.0  # around the tables: the axis bows and drifts, valves are tilted
Z_CHUNK = 16  # planes of a fine volume that are looked up at once


@dataclass(frozen=True)
class Subject:
    """A person and the person's heart in F frames, as tables (`beat`) and as it is looked up in space (`moving`)."""

    person: population.Person
    beat: motion.Beat
    moving: sampling.MovingHeart


@dataclass(frozen=True)
class FineLabels:
    """Labels (F, z, y, x), uint8, in the heart's frame: x to the septum, y to anterior, z from apex to base.

    step_mm: size of a voxel. first_mm: place of the first voxel's centre (x, y, z); the LV's axis is x = y = 0.
    """

    labels: np.ndarray
    step_mm: float
    first_mm: tuple[float, float, float]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Of z, y and x."""
        return (self.step_mm,) * 3

    def volumes_ml(self, value: int) -> np.ndarray:
        """Volume of a structure in each frame, (F,)."""
        return np.count_nonzero(self.labels == value, axis=(1, 2, 3)) * self.step_mm**3 / 1000

    def at_edge(self) -> np.ndarray:
        """How many voxels of the grid's outermost planes have a label in each frame, (F,): a sound heart has none."""
        inner = np.count_nonzero(self.labels[:, 1:-1, 1:-1, 1:-1], axis=(1, 2, 3))
        return np.count_nonzero(self.labels, axis=(1, 2, 3)) - inner

    def axis_mm(self, axis: int) -> np.ndarray:
        """Places of the voxels' centres along x (0), y (1) or z (2)."""
        return self.first_mm[axis] + np.arange(self.labels.shape[3 - axis]) * self.step_mm


def subject_ids(per_group: int, groups: Sequence[str] = GROUPS) -> list[str]:
    """`NOR-001`, ... of every group."""
    return [f"{group}-{number:03d}" for group in groups for number in range(1, per_group + 1)]


def person(subject_id: str) -> population.Person:
    """The person of this id."""
    return population.draw(subject_id, _stream("person", subject_id))


def at_ed_and_es(subject_id: str) -> Subject:
    """The subject at ED (frame 0) and ES (frame 1)."""
    return _subject(person(subject_id), np.array([0.0, 1.0]))


def over_the_cycle(subject_id: str, frames: int) -> tuple[Subject, int]:
    """The subject in all frames of a cycle, and the number of the frame at ES."""
    who = person(subject_id)
    contraction = motion.contraction_curve(frames, who.es_fraction, who.kick)
    return _subject(who, contraction), motion.es_frame(frames, who.es_fraction)


def fine_labels(subject: Subject, step_mm: float) -> FineLabels:
    """Labels of every frame, every voxel judged by its centre."""
    axes = [np.arange(low, high + step_mm, step_mm) for low, high in _extent_mm(subject.beat)]
    x, y, z = (torch.as_tensor(axis, dtype=torch.float32) for axis in axes)
    frames = len(subject.beat.contraction)
    result = np.zeros((frames, len(z), len(y), len(x)), np.uint8)
    for first in range(0, len(z), Z_CHUNK):
        planes = z[first : first + Z_CHUNK, None, None]
        across, down, up = torch.broadcast_tensors(x[None, None], y[None, :, None], planes)
        for frame in range(frames):
            points = subject.moving.look(across, down, up, slice(frame, frame + 1))
            for index in range(len(planes)):
                plane = acquisition.draw_labels(points.sub_slice(index), step_mm, ring=False)
                result[frame, first + index] = plane[0].numpy()
    return FineLabels(result, step_mm, (axes[0][0], axes[1][0], axes[2][0]))


def adapter(block: str, per_group: int, **changes: Any) -> Adapter:
    """The phantom with the settings of a cohort in config.yaml, some of them changed; its people are these figures'."""
    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["cohorts"][block]
    settings |= {"groups": GROUPS, "subjects_per_group": per_group, "files": "nifti", **changes}
    return Adapter(Settings.model_validate(settings), Path("unused"), NAME, SEED)


def each(work: Callable[[str], T], ids: Iterable[str], jobs: int) -> list[T]:
    """`work` of every subject, in the order of the ids, in `jobs` processes."""
    if jobs <= 1:
        return [work(subject_id) for subject_id in ids]
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        return list(pool.map(work, ids))


def arguments(description: str | None, subjects: int) -> argparse.ArgumentParser:
    """A parser with --subjects (a group) and --jobs."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=subjects, help="of each group (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default %(default)s)")
    return parser


def _subject(who: population.Person, contraction: np.ndarray) -> Subject:
    beat = motion.beat(anatomy.build(who), contraction)
    outside = surface.draw(who, _stream("surface", who.id))
    return Subject(who, beat, sampling.tabulate(beat, outside, torch.device("cpu")))


def _stream(purpose: str, subject_id: str) -> np.random.Generator:
    return population.generator(SEED, NAME, purpose, subject_id)


def _extent_mm(beat: motion.Beat) -> tuple[tuple[float, float], ...]:
    """From where to where the heart can reach along x, y and z."""
    reach = beat.free_wall.max(axis=(0, 1))
    spans = []
    for along in (np.cos(anatomy.ANGLE_RAD), np.sin(anatomy.ANGLE_RAD)):
        spans.append((float((reach * along).min()) - MARGIN_MM, float((reach * along).max()) + MARGIN_MM))
    spans.append((float(beat.z_mm.min()) - MARGIN_MM, float(beat.z_mm.max()) + MARGIN_MM))
    return tuple(spans)
