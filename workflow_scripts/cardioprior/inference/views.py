"""A short-axis stack and a four-chamber plane, segmented and placed on the grid that label maps are restored on (latent
optimisation, sections 2.2 and 3.1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.imaging.geometry import Grid, stored_grid
from cardioprior.imaging.placement import points_on, slices_on, within
from cardioprior.inference.latent_optimisation import Term
from cardioprior.inference.segmentation import native_labels, segment
from cardioprior.inference.stored import Stored
from cardioprior.networks.shape_vae import ShapeGenerator
from cardioprior.preparations import high_resolution_shapes
from cardioprior.preparations.contract import LONG_AXIS
from cardioprior.preparations.in_plane import grids
from cardioprior.store import Record

#: slices with a heart below which there is nothing to restore
FEWEST_SLICES = 2


def placed_views(
    short_axis: nn.Module, long_axis: nn.Module, record: Record, device: torch.device
) -> tuple[Record, dict[str, np.ndarray]]:
    """The stack to restore, as thick_slices makes them; and `labels_lr` (z, y, x), `labels_la4ch` (1, y, x), the
    segmentations on the acquired grids, uint8.

    record: of short_and_long_axis. The stack's record has `stack` uint8 (slices, y, x), `slices`, their numbers in the
    acquired stack, and of the prepared plane's pixels that lie in the grid `plane_points` float32 (n, 3), indices z, y,
    x, and `plane_labels` uint8 (n,). Meta: `grid`, in the directions of the stack, the middle of its structures' box in
    its middle; `places`, where its slices lie along z, in slices of the grid. Raises SubjectError `no_heart` where
    fewer than two slices show something.
    """
    probabilities = _probabilities(short_axis, record.arrays["image_ED"], device)
    prepared, native = stored_grid(record.meta["grid"]), stored_grid(record.meta["native"])
    grid = _grid_about(probabilities.argmax(axis=0), prepared, record)
    pixels, places = slices_on(prepared, grid)
    there = (places >= 0) & (places <= grid.shape_zyx[0] - 1)
    stack = native_labels(probabilities, prepared, pixels)[there]
    plane, native_plane = (stored_grid(record.meta[f"{name}_la4ch"]) for name in ("grid", "native"))
    of_plane = _probabilities(long_axis, record.arrays[LONG_AXIS], device)
    points = points_on(plane, grid)
    seen = within(points, grid)
    arrays = {
        "stack": stack,
        "slices": np.flatnonzero(there),
        "plane_points": points[seen].astype(np.float32),
        "plane_labels": of_plane.argmax(axis=0).reshape(-1)[seen].astype(np.uint8),
    }
    about = {"places": places[there].tolist(), "grid": grids(native, grid)["grid"]}
    segmented = {
        "labels_lr": native_labels(probabilities, prepared, native),
        "labels_la4ch": native_labels(of_plane, plane, native_plane),
    }
    return Record(record.subject, arrays, about), segmented


def plane_term(generator: ShapeGenerator, record: Record, device: torch.device) -> Term:
    """The cross-entropy of a generator's shapes, sampled where the plane's pixels lie, against its labels (eq. 4):
    averaged over pixels. record: of a stack as `placed_views` gives it, the only one that is optimised."""
    sampled = generator.at_points(torch.from_numpy(record.arrays["plane_points"])).to(device)
    target = torch.from_numpy(record.arrays["plane_labels"]).long().to(device)

    def term(codes: torch.Tensor, members: torch.Tensor) -> torch.Tensor:
        logits = sampled(codes)
        expected = target.expand(len(codes), -1)
        return functional.cross_entropy(logits, expected, reduction="none").mean(dim=1)

    return term


def check_grid(models: Mapping[str, Stored], record: Record) -> None:
    """Raises CardioPriorError where a model that restores was trained on another grid than the record is for."""
    for name, model in models.items():
        if model.made_by["settings"] != record.meta["shapes"]:
            raise CardioPriorError(
                f"{name}: was trained on shapes of {model.made_by['settings']}, and the stacks to restore are for "
                f"{record.meta['shapes']}; wanted one grid: latent_optimisation.preparation and "
                "latent_optimisation_multiview.preparation.shapes alike"
            )


def _probabilities(network: nn.Module, image: np.ndarray, device: torch.device) -> np.ndarray:
    """Of the classes, (classes, z, y, x)."""
    with torch.no_grad():
        found: np.ndarray = segment(network, torch.from_numpy(image).to(device)).cpu().numpy()
    return found


def _grid_about(labels: np.ndarray, prepared: Grid, record: Record) -> Grid:
    """The grid of shapes, about the middle of what is labelled on the prepared grid."""
    found = np.argwhere(labels)
    slices = len(np.unique(found[:, 0]))
    if slices < FEWEST_SLICES:
        raise SubjectError(
            "no_heart",
            f"{record.subject}: the segmentation of the short axis shows a heart on {slices} of {len(labels)} slices; "
            f"wanted {FEWEST_SLICES} at least",
        )
    z, y, x = (found.min(axis=0) + found.max(axis=0)) / 2
    settings = high_resolution_shapes.Settings(**record.meta["shapes"])
    return high_resolution_shapes.Preparation(settings).grid(prepared, (float(z), float(y), float(x)))
