"""Latent optimisation of small linear worlds: alone and side by side, to the end and to where it has converged."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from cardioprior.inference.latent_optimisation import Schedule, optimised
from cardioprior.networks.acquisition import moved
from cardioprior.networks.linear_shapes import LinearShapes

SLICES, SIZE = 4, 16
SHORT = Schedule(iterations=40, halved_every=15)


def world() -> LinearShapes:
    """A disc on every slice; the first component widens all, the second widens them towards one end."""
    y, x = torch.meshgrid(torch.arange(SIZE) - 7.5, torch.arange(SIZE) - 7.5, indexing="ij")
    inside = (5 - torch.hypot(y, x))[None].expand(SLICES, SIZE, SIZE)
    mean = torch.stack([-inside, inside])
    wider = torch.ones(SLICES, SIZE, SIZE)
    tapered = torch.linspace(-1, 1, SLICES)[:, None, None].expand(SLICES, SIZE, SIZE)
    return LinearShapes(mean, torch.stack([torch.stack([-part, part]) for part in (wider, tapered)]))


def stack(code: list[float], shift: list[list[float]]) -> torch.Tensor:
    logits = moved(world()(torch.tensor([code])), torch.tensor([shift]))
    return logits.argmax(dim=1)


STILL = [[0.0, 0.0]] * SLICES
SHARED = [[0.7, 0.4]] * SLICES
MOVED = [[1.0, 0.0], [0.0, -2.0], [2.0, 1.0], [0.0, 0.0]]


def plain_loop(target: torch.Tensor, iterations: int, halved_every: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The public code's schedule, with torch's own Adam."""
    shapes = world()
    code, shift = torch.zeros(1, 2, requires_grad=True), torch.zeros(1, SLICES, 2, requires_grad=True)
    optimisers = [torch.optim.Adam([code], lr=0.2), torch.optim.Adam([shift], lr=0.1)]
    schedulers = [torch.optim.lr_scheduler.StepLR(one, halved_every, 0.5) for one in optimisers]
    for _ in range(iterations):
        loss = functional.cross_entropy(moved(shapes(code), shift), target)
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for one in (*optimisers, *schedulers):
            one.step()
    return code.detach(), shift.detach()


def test_without_a_rule_to_stop_it_is_the_plain_loop_of_torchs_adam() -> None:
    target = stack([0.5, 1.0], MOVED)
    found = optimised(world(), 2, target, SHORT)
    code, shift = plain_loop(target, SHORT.iterations, SHORT.halved_every)
    assert torch.allclose(found.codes, code, atol=1e-5)
    assert torch.allclose(found.shift_px, shift, atol=1e-5)
    assert found.iterations.tolist() == [SHORT.iterations]


def test_side_by_side_every_subject_ends_where_it_ends_alone() -> None:
    targets = [stack([0.5, 1.0], MOVED), stack([-1.0, 0.6], SHARED), stack([1.5, -1.5], MOVED[::-1])]
    schedule = Schedule(tolerance=0.05, window=5)
    together = optimised(world(), 2, torch.cat(targets), schedule)
    assert len(set(together.iterations.tolist())) > 1
    for index, target in enumerate(targets):
        alone = optimised(world(), 2, target, schedule)
        assert torch.allclose(together.codes[index], alone.codes[0], atol=1e-3)
        assert torch.allclose(together.shift_px[index], alone.shift_px[0], atol=1e-3)
        assert together.iterations[index] == alone.iterations[0]


def test_code_and_displacements_are_recovered() -> None:
    target = stack([0.5, 1.0], MOVED)
    found = optimised(world(), 2, target, Schedule(tolerance=0.01))
    assert found.shift_px[0].tolist() == [pytest.approx(pair, abs=0.35) for pair in MOVED]
    explained = moved(world()(found.codes), found.shift_px).argmax(dim=1)
    assert (explained == target).float().mean() > 0.98


def test_a_stricter_tolerance_goes_on_for_longer() -> None:
    target = stack([0.5, 1.0], MOVED)
    lengths = [
        int(optimised(world(), 2, target, Schedule(tolerance=tolerance, window=5)).iterations[0])
        for tolerance in (0.2, 0.05, 0.01)
    ]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1] < 500


def test_without_motion_slices_stay_where_they_are() -> None:
    found = optimised(world(), 2, stack([0.5, 1.0], MOVED), SHORT, motion=False)
    assert not found.shift_px.any()


def test_a_further_term_pulls_every_subject_by_its_own() -> None:
    target = torch.cat([stack([0.0, 0.0], STILL)] * 2)
    wanted = torch.tensor([[3.0, 0.0], [-3.0, 0.0]])

    def term(codes: torch.Tensor, members: torch.Tensor) -> torch.Tensor:
        return 10 * (codes - wanted[members]).square().sum(dim=1)

    found = optimised(world(), 2, target, Schedule(iterations=200), term)
    assert found.codes[:, 0].tolist() == pytest.approx([3, -3], abs=0.3)
