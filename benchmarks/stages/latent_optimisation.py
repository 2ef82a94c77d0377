"""Latent optimisation, against a plain loop of the published schedule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.harness import Case, Work
from benchmarks.inputs import phantom_shapes, real
from cardioprior.degradation.thick_slices import LEVELS, displacements_px, thick_count
from cardioprior.imaging.labels import CLASSES, STRUCTURES
from cardioprior.inference.latent_optimisation import Schedule, optimised
from cardioprior.inference.shape_method import STOP_BELOW
from cardioprior.metrics.overlap import dice
from cardioprior.networks.acquisition import acquired, at_places, moved, slice_places
from cardioprior.networks.shape_vae import ShapeGenerator, ShapeVAE
from cardioprior.training.adam import Adam
from cardioprior.training.pairs import one_hot

#: of the published schedule
ITERATIONS = 500
#: the published case, and what its files call the RV
PUBLISHED_SIZE, PUBLISHED_CODE, THEIR_RV = (64, 128, 128), 32, 4
PIXEL_MM = 1.25
#: a phantom's shape generator, where the published one is not there
SIZE, CODE, STEPS = (64, 32, 32), 16, 200
#: by how much mean Dice may differ
EQUAL = 0.01


def cases() -> list[Case]:
    """One heart's thick stack with normal motion."""
    what, generator, _, stack = _heart()
    z, y, x = generator.size
    return [
        Case(
            "Latent optimisation",
            f"{what}: {stack.shape[1]} slices with normal motion to {z} x {y} x {x}, codes of {generator.code}; the "
            f"plain loop makes whole shapes in {ITERATIONS} iterations, as the public code does",
            {"cardioprior": _ours, "plain loop": _plain_loop},
            _agree,
            {"plain loop": 5},
            rounds=0,
        )
    ]


def _ours() -> Work:
    _, generator, _, stack = _heart()

    def work() -> Tensor:
        slices = generator.at_slices(slice_places(generator.size[0], stack.shape[1]))
        found = optimised(slices, generator.code, stack, Schedule(tolerance=STOP_BELOW))
        with torch.no_grad():
            return generator(found.codes).argmax(dim=1)[0]

    return work


def _plain_loop() -> Work:
    """The published schedule as the public code has it: whole shapes, two Adams, no rule to stop."""
    _, generator, _, stack = _heart()
    places = slice_places(generator.size[0], stack.shape[1])

    def work() -> Tensor:
        code = torch.zeros(len(stack), generator.code, requires_grad=True)
        shift = torch.zeros(len(stack), stack.shape[1], 2, requires_grad=True)
        optimisers = [torch.optim.Adam([code], lr=0.2), torch.optim.Adam([shift], lr=0.1)]
        schedulers = [torch.optim.lr_scheduler.StepLR(one, 100, 0.5) for one in optimisers]
        for _ in range(ITERATIONS):
            loss = functional.cross_entropy(moved(at_places(generator(code), places), shift), stack)
            for optimiser in optimisers:
                optimiser.zero_grad()
            loss.backward()
            for one in (*optimisers, *schedulers):
                one.step()
        with torch.no_grad():
            return generator(code).argmax(dim=1)[0]

    return work


def _agree(values: Mapping[str, Any]) -> str:
    true = _heart()[2].numpy()
    scores = {
        name: np.mean([dice(found.numpy() == value, true == value) for value in STRUCTURES.values()])
        for name, found in values.items()
    }
    ours, plain = scores.values()
    assert ours > plain - EQUAL, f"mean Dice {ours:.3f}, the plain loop's {plain:.3f}"
    return f"mean Dice {ours:.3f}, the plain loop's {plain:.3f}"


@cache
def _heart() -> tuple[str, ShapeGenerator, Tensor, Tensor]:
    """What it is, the generator, a label map (z, y, x) and its thick stack (1, slices, y, x) with normal motion."""
    folder = real("srheart")
    if folder is None:
        shapes = phantom_shapes(6, SIZE)
        what, generator, true = "a phantom, by a generator of five others", _trained(shapes[1:]), shapes[0]
        pixel_mm = PIXEL_MM * 128 / SIZE[-1]
    else:
        import nibabel

        found = np.asarray(nibabel.load(folder / "demo_HR.nii.gz").dataobj)
        true = torch.from_numpy(np.where(found == THEIR_RV, STRUCTURES["RV"], found).astype(np.int64))
        what, generator = "the public code's heart, by its generator", _published(folder)
        pixel_mm = PIXEL_MM
    slices = thick_count(generator.size[0])
    shift = displacements_px(np.random.default_rng(0), slices, LEVELS["normal"], pixel_mm)
    stack = acquired(one_hot(true[None], CLASSES), slices, torch.from_numpy(shift)[None]).argmax(dim=1)
    return what, generator.eval().requires_grad_(False), true, stack


def _published(folder: Any) -> ShapeGenerator:
    (path,) = folder.glob("*zdim_32*.pt")
    theirs = torch.load(path, map_location="cpu", weights_only=False)
    generator = ShapeGenerator(CLASSES, tuple(n // 16 for n in PUBLISHED_SIZE), PUBLISHED_CODE)  # type: ignore[arg-type]
    named = {"fc2": "cells", "decoder.10": "last", "decoder": "layers"}
    weights = {}
    for name, value in theirs.items():
        old = next((old for old in ("fc2", "decoder.10", "decoder") if name.startswith(f"{old}.")), None)
        if old:
            weights[name.replace(old, named[old], 1)] = value
    generator.load_state_dict(weights)
    return generator


def _trained(shapes: Tensor) -> ShapeGenerator:
    """Of a VAE that has seen some label maps."""
    torch.manual_seed(0)
    vae = ShapeVAE(CLASSES, SIZE, CODE)
    adam = Adam(vae.parameters(), lr=1e-2)
    for _ in range(STEPS):
        chosen = shapes[torch.randint(len(shapes), (2,))]
        adam.zero_grad(set_to_none=True)
        logits, mean, log_variance = vae(one_hot(chosen, CLASSES), torch.randn(len(chosen), CODE))
        spread = (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean() / 2
        (functional.cross_entropy(logits, chosen) + 1e-4 * spread).backward()
        adam.step()
    return vae.generator
