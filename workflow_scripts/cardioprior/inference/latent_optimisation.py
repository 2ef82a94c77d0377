"""Latent optimisation: the code and the slices' displacements whose degraded shape is the given stack (section 2.2).

Subjects of a batch are optimised side by side. Adam works on every number by itself and each subject's loss depends on
its own numbers alone, so that a batch gives what each subject gives by itself; a subject that has converged leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from cardioprior.networks.acquisition import moved

#: from codes (batch, code) to logits (batch, classes, slices, y, x) of slices that have not moved
Slices = Callable[[Tensor], Tensor]
#: from codes and the members of the batch to a further loss of each member (batch,)
Term = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Schedule:
    """code_rate, motion_rate: Adam's rates, of codes and of displacements in pixels, halved every `halved_every`
    iterations; the public code's. tolerance: a subject stops where the mean of its loss over the last `window`
    iterations is less than this share below that of the window before; 0 for never."""

    code_rate: float = 0.2
    motion_rate: float = 0.1
    halved_every: int = 100
    iterations: int = 500
    tolerance: float = 0.0
    window: int = 20


@dataclass
class Found:
    """codes (batch, code), shift_px (batch, slices, 2), iterations and final losses (batch,)."""

    codes: Tensor
    shift_px: Tensor
    iterations: Tensor
    losses: Tensor


@dataclass
class _Adam:
    """Adam's moments of one tensor whose rows may leave."""

    values: Tensor
    rate: float
    first: Tensor = field(init=False)
    second: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.first, self.second = torch.zeros_like(self.values), torch.zeros_like(self.values)

    def step(self, gradient: Tensor, iteration: int, factor: float) -> None:
        self.first.lerp_(gradient, 0.1)
        self.second.lerp_(gradient.square(), 0.001)
        first, second = self.first / (1 - 0.9**iteration), self.second / (1 - 0.999**iteration)
        self.values -= factor * self.rate * first / (second.sqrt() + 1e-8)

    def keep(self, rows: Tensor) -> None:
        self.values, self.first, self.second = self.values[rows], self.first[rows], self.second[rows]


def optimised(
    slices: Slices, code: int, labels: Tensor, schedule: Schedule, term: Term | None = None, motion: bool = True
) -> Found:
    """Codes and displacements that explain stacks of labels (batch, slices, y, x), from zero.

    slices: the generator at the slices' places. term: adds to each subject's loss. motion: whether slices may have
    moved. The loss of a subject is the cross-entropy averaged over its voxels.
    """
    batch, count = labels.shape[:2]
    device = labels.device
    codes = _Adam(torch.zeros((batch, code), device=device), schedule.code_rate)
    shifts = _Adam(torch.zeros((batch, count, 2), device=device), schedule.motion_rate)
    found = Found(torch.zeros_like(codes.values), torch.zeros_like(shifts.values),
                  torch.zeros(batch, dtype=torch.long), torch.zeros(batch))  # fmt: skip
    members, targets = torch.arange(batch, device=device), labels.long()
    history: list[Tensor] = []
    for iteration in range(1, schedule.iterations + 1):
        losses, gradients = _gradients(slices, codes.values, shifts.values, targets, members, term, motion)
        factor = 0.5 ** ((iteration - 1) // schedule.halved_every)
        codes.step(gradients[0], iteration, factor)
        if motion:
            shifts.step(gradients[1], iteration, factor)
        history.append(losses)
        done = _converged(history, schedule)
        if iteration == schedule.iterations:
            done = torch.ones_like(done)
        if not done.any():
            continue
        leaving = members[done]
        found.codes[leaving], found.shift_px[leaving] = codes.values[done], shifts.values[done]
        found.iterations[leaving.cpu()], found.losses[leaving.cpu()] = iteration, losses[done].cpu()
        staying = ~done
        if not staying.any():
            break
        codes.keep(staying)
        shifts.keep(staying)
        members, targets = members[staying], targets[staying]
        history = [row[staying] for row in history]
    return found


def _gradients(
    slices: Slices, codes: Tensor, shifts: Tensor, targets: Tensor, members: Tensor, term: Term | None, motion: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    variables = (codes.clone().requires_grad_(), shifts.clone().requires_grad_())
    with torch.enable_grad():
        logits = slices(variables[0])
        if motion:
            logits = moved(logits, variables[1])
        losses = functional.cross_entropy(logits, targets, reduction="none").mean(dim=(1, 2, 3))
        if term:
            losses = losses + term(variables[0], members)
        gradients = torch.autograd.grad(losses.sum(), variables if motion else variables[:1])
    return losses.detach(), gradients


def _converged(history: list[Tensor], schedule: Schedule) -> Tensor:
    window = schedule.window
    if not schedule.tolerance or len(history) < 2 * window:
        return torch.zeros_like(history[-1], dtype=torch.bool)
    before = torch.stack(history[-2 * window : -window]).mean(dim=0)
    now = torch.stack(history[-window:]).mean(dim=0)
    return (before - now) < schedule.tolerance * before
