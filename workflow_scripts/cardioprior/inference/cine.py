"""From a raw short-axis cine to its ES and ED frames, and to what a model measures in them.

Each model's images pass through the preparation that it was trained with, which its file carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch

from cardioprior.imaging.geometry import grid_of
from cardioprior.imaging.volume import Volume
from cardioprior.inference.frames import cine_probabilities
from cardioprior.inference.picks import central_pick
from cardioprior.inference.segmentation import native_labels, segment
from cardioprior.inference.stored import Stored
from cardioprior.inference.volumes import regress
from cardioprior.preparations import median_projection
from cardioprior.preparations.in_plane import FramePreparation

#: order of the phases in arrays `phases`
PHASES = ("ES", "ED")


def detected_phases(image: Volume, detector: Stored, device: torch.device) -> np.ndarray:
    """Frames (2,) of ES and ED that the frame detector picks, the central ones; they may be the same frame."""
    preparation = cast(median_projection.Preparation, detector.preparation)
    cine = preparation.projection(image, preparation.grid(image))
    probabilities = cine_probabilities(detector["detector"], cine, device)
    return np.array([central_pick(row) for row in probabilities])


def segmented(image: Volume, frames: Mapping[str, int], model: Stored, device: torch.device) -> dict[str, np.ndarray]:
    """Arrays `labels_<phase>` (z, y, x) on the cine's own grid for the frame of each phase."""
    preparation = cast(FramePreparation, model.preparation)
    grid = preparation.grid(image)
    found = {}
    for phase, frame in frames.items():
        volume = torch.from_numpy(preparation.frame(image, frame, grid)).to(device)
        with torch.no_grad():
            probabilities = segment(model["segmentation"], volume).cpu().numpy()
        found[f"labels_{phase}"] = native_labels(probabilities, grid, grid_of(image))
    return found


def regressed(image: Volume, frames: Mapping[str, int], model: Stored, device: torch.device) -> dict[str, np.ndarray]:
    """Numbers `volume_<phase>` in ml of the LV for the frame of each phase."""
    preparation = cast(FramePreparation, model.preparation)
    grid = preparation.grid(image)
    voxel_volume_ml = float(np.prod(grid.spacing_mm)) / 1000
    return {
        f"volume_{phase}": regress(model["regressor"], preparation.frame(image, frame, grid), voxel_volume_ml, device)[
            "volume"
        ]
        for phase, frame in frames.items()
    }
