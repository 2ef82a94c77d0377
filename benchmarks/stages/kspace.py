"""The share of k-space simulation in a training step of Syn-net and LI-net, at the demo's size."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.device import wait
from benchmarks.harness import Case, Work
from cardioprior.imaging.labels import CLASSES
from cardioprior.networks.blocks import channels_last
from cardioprior.networks.kspace import CHANNELS, CodeDecoder, CodeEncoder, SynNet
from cardioprior.training.adam import Adam
from cardioprior.training.cines import Cines, acquire, draw_lines
from cardioprior.training.kspace import Objective, interpolation, synthesis

#: frames, lines and columns; on a GPU the paper's
SIZE, WIDTH, BATCH = (6, 48, 48), 8, 2
PAPER_SIZE, PAPER_WIDTH, PAPER_BATCH = (50, 168, 208), 32, 8


def cases() -> list[Case]:
    """A step whole (augmentation, simulation, network forwards and backwards, Adam), and its simulation alone."""
    return [_case("Syn-net", _synthesis), _case("LI-net", _interpolation)]


def _scale() -> tuple[tuple[int, int, int], int, int, torch.device]:
    if torch.cuda.is_available():
        return PAPER_SIZE, PAPER_WIDTH, PAPER_BATCH, torch.device("cuda")
    return SIZE, WIDTH, BATCH, torch.device("cpu")


def _case(name: str, build: Any) -> Case:
    size, width, batch, device = _scale()
    return Case(
        f"{name}'s step",
        f"{batch} cines of {' x '.join(map(str, size))}, width {width}, on the {device.type}",
        {"a step": lambda: _step(build), "its simulation": _simulation},
        rounds=15,
        per=(batch, "cines"),
        share=True,
    )


def _cines() -> tuple[Cines, torch.Generator]:
    size, _, batch, device = _scale()
    generator = torch.Generator(device).manual_seed(0)
    images = torch.rand((batch, *size), device=device, generator=generator)
    return Cines(images.half(), (images > 0.5).to(torch.uint8)), generator


def _simulation() -> Work:
    """Phase maps, masks and transforms of a batch."""
    cines, generator = _cines()
    images = cines.images.float()

    def work() -> None:
        acquire(images, draw_lines(len(images), 0, cines.lines, generator), generator)
        wait()

    return work


def _step(build: Any) -> Work:
    cines, generator = _cines()
    network, objective = build()
    adam = Adam(network.parameters(), lr=1e-4)

    def work() -> None:
        images, labels = cines.moved(range(len(cines)), np.random.default_rng(0))
        drawn = draw_lines(len(images), 0, cines.lines, generator)
        adam.zero_grad(set_to_none=True)
        objective(acquire(images, drawn, generator), labels)["loss"].backward()
        adam.step()
        wait()

    return work


def _synthesis() -> tuple[torch.nn.Module, Objective]:
    size, width, _, device = _scale()
    network = SynNet(width, size[0]).to(device)
    channels_last(network)
    return network, synthesis(network)


def _interpolation() -> tuple[torch.nn.Module, Objective]:
    size, width, _, device = _scale()
    predictor, encoder = (CodeEncoder(width, inputs, size).to(device) for inputs in (CHANNELS, CLASSES))
    decoder = CodeDecoder(width, CLASSES, size).to(device)
    for frozen in (encoder, decoder):
        frozen.eval().requires_grad_(False)
    for network in (predictor, encoder, decoder):
        channels_last(network)
    return predictor, interpolation(predictor, encoder, decoder)
