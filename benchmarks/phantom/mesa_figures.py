"""Print how far the phantom's healthy LVs are from MESA's shape model, in mean shape and in spread, at ED and ES.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/mesa_figures.py [FOLDER] [--subjects N]

FOLDER holds the model's files (PCA_ED.mat, PCA_ES.mat, SurfaceFaces.mat); without it, `mesa_lv_shape_model` below the
folder that the environment variable CMR_TEST_DATA names. MESA is a sample of a population without symptoms, so it is
compared with the group NOR. What is compared and how stands in `mesa`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import hearts
import mesa
import numpy as np
import tables
import torch

from cardioprior.cohorts.phantom.anatomy import ANGLE_RAD, HEIGHTS

RINGS, COLUMNS = 40, 60
PHASES = ("ED", "ES")
STEPS = 12  # of the search for the place in space that a place in the straightened heart has
TOLERANCE_MM = 1e-2


def surfaces(subject_id: str) -> np.ndarray:
    """Endocardium and epicardium at ED and ES, points in the heart's frame, mm: (2, 2, RINGS, COLUMNS, 3).

    Rings go from each surface's own apex to the mitral valve, columns around the LV's axis from the septum's middle.
    """
    subject = hearts.at_ed_and_es(subject_id)
    beat = subject.beat
    return np.array(
        [
            [_points(subject, radii[frame], frame) for radii in (beat.endocardium, beat.epicardium)]
            for frame in range(len(PHASES))
        ]
    )


def _points(subject: hearts.Subject, radius_mm: np.ndarray, frame: int) -> np.ndarray:
    """One surface of one frame, (RINGS, COLUMNS, 3), from its radii on HEIGHTS x ANGLE_RAD."""
    beat = subject.beat
    apex = apex_height(radius_mm)
    heights = apex + (1 - apex) * np.linspace(0, 1, RINGS) ** 2  # dense at the apex, where the surface is flat
    angles = np.arange(COLUMNS) / COLUMNS * 2 * np.pi
    twist = np.interp(heights, HEIGHTS, beat.twist_rad[frame])
    radius = np.sqrt(_squares(radius_mm, heights, angles[None] - twist[:, None], apex))
    z = np.interp(heights, HEIGHTS, beat.z_mm[frame])[:, None] + np.zeros(COLUMNS)
    straight = np.stack([radius * np.cos(angles), radius * np.sin(angles), z], axis=-1)
    return in_space(subject, straight, frame)


def apex_height(radius_mm: np.ndarray) -> float:
    """Where a surface of radii on HEIGHTS x ANGLE_RAD closes: the square of the radius is straight near the apex."""
    square = (radius_mm**2).mean(axis=1)
    first = int((square > 1e-6).argmax())
    slope = (square[first + 1] - square[first]) / (HEIGHTS[first + 1] - HEIGHTS[first])
    below = HEIGHTS[first] - square[first] / max(slope, 1e-9)
    return float(np.clip(below, HEIGHTS[max(first - 1, 0)], HEIGHTS[first]))


def _squares(radius_mm: np.ndarray, heights: np.ndarray, angles: np.ndarray, apex: float) -> np.ndarray:
    """Squared radius at heights (n,) and angles (n, m), straight between HEIGHTS and from 0 at the apex."""
    kept = apex + 1e-6 < HEIGHTS
    table = np.concatenate([np.zeros((1, radius_mm.shape[1])), radius_mm[kept] ** 2])
    places = np.concatenate([[apex], HEIGHTS[kept]])
    upper = np.clip(np.searchsorted(places, heights), 1, len(places) - 1)
    share = ((heights - places[upper - 1]) / (places[upper] - places[upper - 1]))[:, None]
    rows = (1 - share) * table[upper - 1] + share * table[upper]
    return np.array([np.interp(a, ANGLE_RAD, row, period=2 * np.pi) for a, row in zip(angles, rows, strict=True)])


def in_space(subject: hearts.Subject, straight_mm: np.ndarray, frame: int) -> np.ndarray:
    """The points of the heart's frame that the phantom sees at places (..., 3) of the straightened heart.

    Its bend, drift and tilted valve are known from `MovingHeart.look` alone, which is turned around step by step.
    """
    wanted = torch.as_tensor(straight_mm, dtype=torch.float32)
    place = wanted.clone()
    for _ in range(STEPS):
        x, y, z = place.unbind(-1)
        seen = subject.moving.look(x, y, z, slice(frame, frame + 1))
        away = wanted - torch.stack([seen.x_mm[0], seen.y_mm[0], seen.z_mm[0]], dim=-1)
        place += away
    if float(away.abs().max()) > TOLERANCE_MM:
        raise ValueError(f"{subject.person.id}: {float(away.abs().max()):.3f} mm away after {STEPS} steps")
    return place.numpy().astype(float)


def compare(per_group: int, folder: Path, jobs: int) -> mesa.Comparison:
    """The healthy subjects against the model."""
    found = np.array(hearts.each(surfaces, hearts.subject_ids(per_group, ("NOR",)), jobs))
    phases = {phase: (found[:, index, 0], found[:, index, 1]) for index, phase in enumerate(PHASES)}
    return mesa.compare(phases, folder)


def report(comparison: mesa.Comparison) -> list[str]:
    """Distances of the means and spread as a table."""
    rows = []
    for phase in comparison.phases:
        spread = zip(phase.mode_rms_mm, phase.model_mode_rms_mm, strict=False)
        rows.append(
            (
                phase.phase,
                str(phase.subjects),
                f"{phase.endo_mm:.2f}",
                f"{phase.epi_mm:.2f}",
                f"{phase.both_mm:.2f}",
                f"{phase.total_rms_mm:.2f} ({phase.model_total_rms_mm:.2f})",
                ", ".join(f"{ours:.2f} ({theirs:.2f})" for ours, theirs in spread),
            )
        )
    head = ("phase", "subjects", "endocardium, mm", "epicardium, mm", "both, mm", "ten modes, mm", "first modes, mm")
    note = (
        "Mean distance between the mean surfaces; then RMS motion of a point for one SD of the first ten modes together"
        " and of each of the first, MESA's in brackets."
    )
    return [*tables.markdown(head, rows), "", note]


def model_folder(given: Path | None) -> Path | None:
    """The folder given, or the one below CMR_TEST_DATA; None where neither holds the model."""
    data = os.environ.get("CMR_TEST_DATA")
    folder = given or (Path(data) / "mesa_lv_shape_model" if data else None)
    return folder if folder and (folder / "PCA_ED.mat").is_file() else None


def main(arguments: Sequence[str] | None = None) -> None:
    parser: argparse.ArgumentParser = hearts.arguments(__doc__, 200)
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args(arguments)
    folder = model_folder(options.folder)
    if folder is None:
        parser.error("found no PCA_ED.mat; give the model's folder or set CMR_TEST_DATA to the one above it")
    print("\n".join(report(compare(options.subjects, folder, options.jobs))))


if __name__ == "__main__":
    main()
