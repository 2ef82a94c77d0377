"""Seconds a case of latent optimisation: the published loop of 500 iterations against this project's.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/latent_optimisation.py --size 64 128 128 --code 32

The generator has random weights unless `--vae MODEL` names a trained shape_vae's model file; cases are shapes that it
makes, degraded. Iterations to convergence depend on the weights, time an iteration does not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.degradation.thick_slices import LEVELS, displacements_px, thick_count
from cardioprior.imaging.labels import CLASSES
from cardioprior.inference.latent_optimisation import Schedule, optimised
from cardioprior.inference.shape_method import STOP_BELOW
from cardioprior.inference.stored import load
from cardioprior.networks.acquisition import acquired, at_places, moved, slice_places
from cardioprior.networks.shape_vae import ShapeGenerator, coarse_size

SPACING_MM = 1.25


def plain_loop(generator: ShapeGenerator, stack: Tensor, iterations: int = 500) -> None:
    """The published schedule as the public code has it: whole shapes, two Adams, no rule to stop."""
    places = slice_places(generator.size[0], stack.shape[1])
    code = torch.zeros(len(stack), generator.code, requires_grad=True)
    shift = torch.zeros(len(stack), stack.shape[1], 2, requires_grad=True)
    optimisers = [torch.optim.Adam([code], lr=0.2), torch.optim.Adam([shift], lr=0.1)]
    schedulers = [torch.optim.lr_scheduler.StepLR(one, 100, 0.5) for one in optimisers]
    for _ in range(iterations):
        loss = functional.cross_entropy(moved(at_places(generator(code), places), shift), stack)
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for one in (*optimisers, *schedulers):
            one.step()


def cases(generator: ShapeGenerator, count: int) -> Tensor:
    """Stacks of shapes that the generator makes, normally moved."""
    torch.manual_seed(0)
    slices = thick_count(generator.size[0])
    drawn = [displacements_px(np.random.default_rng(n), slices, LEVELS["normal"], SPACING_MM) for n in range(count)]
    with torch.no_grad():
        shapes = generator(torch.randn(count, generator.code)).softmax(dim=1)
        return acquired(shapes, slices, torch.from_numpy(np.stack(drawn))).argmax(dim=1)


def timed(label: str, work: Callable[[], Any], cases_done: int) -> Any:
    start = time.perf_counter()
    result = work()
    print(f"{label:45s} {(time.perf_counter() - start) / cases_done:8.2f} s a case", flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=3, default=(64, 128, 128))
    parser.add_argument("--code", type=int, default=32)
    parser.add_argument("--vae", type=Path)
    parser.add_argument("--batch", type=int, default=16)
    given = parser.parse_args()
    if given.vae:
        generator = load(given.vae, torch.device("cpu"))["vae"].generator
    else:
        generator = ShapeGenerator(CLASSES, coarse_size(tuple(given.size)), given.code).eval().requires_grad_(False)
    stacks = cases(generator, given.batch)
    slices = generator.at_slices(slice_places(generator.size[0], stacks.shape[1]))
    timed("plain loop of 500 iterations", lambda: plain_loop(generator, stacks[:1]), 1)
    timed("500 iterations on the slices alone", lambda: optimised(slices, generator.code, stacks[:1], Schedule()), 1)
    stopping = Schedule(tolerance=STOP_BELOW)
    for batch in (1, given.batch):
        chosen = stacks[:batch]
        work = partial(optimised, slices, generator.code, chosen, stopping)
        found = timed(f"the same, stopping, batch {batch}", work, batch)
        print(f"    iterations: {found.iterations.tolist()}")


if __name__ == "__main__":
    main()
