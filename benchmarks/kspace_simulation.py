"""The share of k-space simulation in a training step of Syn-net and LI-net.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/kspace_simulation.py --size 10 104 112 --width 16

Simulation: phase maps, masks, transforms of a batch of cines, all that is drawn anew in a step. The rest: the affine
augmentation, the networks forwards and backwards, and Adam. On a GPU where there is one.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from cardioprior.imaging.labels import CLASSES
from cardioprior.networks.blocks import channels_last
from cardioprior.networks.kspace import CHANNELS, CodeDecoder, CodeEncoder, SynNet
from cardioprior.training.cines import Cines, acquire, draw_lines
from cardioprior.training.kspace import interpolation, synthesis


def seconds(work: Callable[[], Any], repeats: int, device: torch.device) -> float:
    """Median seconds of some runs, after one for nothing."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def main() -> None:
    """Prints seconds and shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(50, 168, 208), help="frames, lines and columns")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    size, device = tuple(given.size), torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator(device).manual_seed(0)
    images = torch.rand((given.batch, *size), device=device, generator=generator)
    cines = Cines(images.half(), (images > 0.5).to(torch.uint8))

    def moved() -> tuple[torch.Tensor, torch.Tensor]:
        return cines.moved(range(given.batch), np.random.default_rng(0))

    def simulated() -> Any:
        return acquire(images, draw_lines(given.batch, 0, size[1], generator), generator)

    synthesiser = SynNet(given.width, size[0]).to(device)
    predictor, encoder = (CodeEncoder(given.width, inputs, size).to(device) for inputs in (CHANNELS, CLASSES))
    decoder = CodeDecoder(given.width, CLASSES, size).to(device)
    for frozen in (encoder, decoder):
        frozen.eval().requires_grad_(False)
    for network in (synthesiser, predictor, encoder, decoder):
        channels_last(network)
    objectives = {
        "Syn-net": (synthesiser, synthesis(synthesiser)),
        "LI-net": (predictor, interpolation(predictor, encoder, decoder)),
    }
    simulation = seconds(simulated, given.repeats, device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} CPU thread(s)"
    print(f"{name}; batch {given.batch} of {'x'.join(map(str, size))}, width {given.width}")
    print(f"simulation {1000 * simulation:.1f} ms")
    for title, (network, objective) in objectives.items():
        optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)

        def step(objective: Any = objective, optimiser: Any = optimiser) -> None:
            magnitudes, labels = moved()
            drawn = draw_lines(given.batch, 0, size[1], generator)
            optimiser.zero_grad(set_to_none=True)
            objective(acquire(magnitudes, drawn, generator), labels)["loss"].backward()
            optimiser.step()

        whole = seconds(step, given.repeats, device)
        print(f"{title}: a step {1000 * whole:.0f} ms, of which simulation {100 * simulation / whole:.1f} %")


if __name__ == "__main__":
    main()
