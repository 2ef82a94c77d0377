"""The one training loop: phases, epochs, steps, and a checkpoint from which all goes on exactly.

Batches and draws are functions of seed and step, so a checkpoint holds weights, optimisers, the best weights so far,
the position and the log, and nothing else: an interrupted run ends with the very weights of an uninterrupted one.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from cardioprior import atomic, seeds
from cardioprior.errors import CardioPriorError
from cardioprior.training import parallel
from cardioprior.training.phase import Batch, Phase

#: steps between two looks at the loss's value (each is a synchronisation on a GPU)
LOOK_EVERY = 20


class InterruptedTrainingError(CardioPriorError):
    """Training was asked to stop; its checkpoint is written and the next run goes on from it."""


class Watcher(Protocol):
    """Told of every finished epoch with all log rows so far."""

    def __call__(self, rows: Sequence[LogRow]) -> None: ...


@dataclass(frozen=True)
class LogRow:
    """A value of the training log: the mean of a loss over an epoch."""

    phase: str
    epoch: int
    step: int
    split: str
    name: str
    value: float
    seconds: float


@dataclass(frozen=True)
class LoopSettings:
    """How to run. precision: fp32 or bf16 (autocast). save_every_s: between checkpoints."""

    precision: str
    save_every_s: float


@dataclass
class State:
    """Where training stands. `steps_done` counts within the epoch, `total_steps` over the phase."""

    phase: int = 0
    epoch: int = 0
    steps_done: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    samples: int = 0
    rows: list[LogRow] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    best: dict[str, Any] | None = None
    best_loss: float = float("inf")


@dataclass(frozen=True)
class Outcome:
    """What a finished training reports: the log, the seconds trained (over all interruptions) and samples seen."""

    rows: tuple[LogRow, ...]
    seconds: float
    samples: int


def train(
    networks: dict[str, nn.Module],
    phases: Sequence[Phase],
    checkpoint: Path,
    seed: int,
    settings: LoopSettings,
    watch: Watcher = lambda rows: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Trains the networks in place through all phases, from the checkpoint if there is one.

    checkpoint: file to keep the state in; the caller removes it once the model is written. stopping: asked after
    every step; if true, the state is saved and InterruptedTrainingError raised. A loss that is not finite raises
    CardioPriorError naming phase and step, and leaves the last good checkpoint.
    """
    return _Run(networks, phases, checkpoint, seed, settings, watch, stopping).go()


class _Run:
    def __init__(
        self,
        networks: dict[str, nn.Module],
        phases: Sequence[Phase],
        checkpoint: Path,
        seed: int,
        settings: LoopSettings,
        watch: Watcher,
        stopping: Callable[[], bool],
    ) -> None:
        self.networks, self.phases, self.checkpoint, self.seed = networks, phases, checkpoint, seed
        self.settings, self.watch, self.stopping = settings, watch, stopping
        self.device = next(next(iter(networks.values())).parameters()).device
        self.state = State()
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.last_save = self.clock = time.monotonic()
        self.running: dict[str, Tensor] = {}

    def go(self) -> Outcome:
        stored = self._stored()
        for index, phase in enumerate(self.phases):
            if stored and index < stored["state"]["phase"]:
                continue
            self._begin(index, phase, stored)
            stored = None
            while self.state.epoch < phase.epochs and not phase.stop(self._validation_losses(phase)):
                self._epoch(phase)
            if phase.keep == "best" and self.state.best is not None:
                self._load_networks(self.state.best)
        self._tick()
        return Outcome(tuple(self.state.rows), self.state.seconds, self.state.samples)

    def _begin(self, index: int, phase: Phase, stored: dict[str, Any] | None) -> None:
        self.optimisers = {
            update.name: update.optimiser([p for network in update.networks for p in network.parameters()])
            for update in phase.updates
        }
        if stored:
            self._load_networks(stored["networks"])
            for name, optimiser in self.optimisers.items():
                optimiser.load_state_dict(stored["optimisers"][name])
            rows = [LogRow(**row) for row in stored["state"].pop("rows")]
            self.state = State(rows=rows, **stored["state"])
            print(f"going on from epoch {self.state.epoch}, step {self.state.steps_done} of {phase.name}", flush=True)
        else:
            kept = self.state
            self.state = State(phase=index, seconds=kept.seconds, samples=kept.samples, rows=kept.rows)
        self.running = {
            name: torch.tensor(total, dtype=torch.float64, device=self.device)
            for name, total in self.state.sums.items()
        }

    def _epoch(self, phase: Phase) -> None:
        state = self.state
        batches = phase.batches(state.epoch)
        self._set_mode(phase, training=True)
        for members in batches[state.steps_done :]:
            self._step(phase, members, state.epoch + state.steps_done / len(batches))
            looked = state.steps_done % LOOK_EVERY == 0 or state.steps_done == len(batches)
            due = time.monotonic() - self.last_save > self.settings.save_every_s
            stopping = parallel.any_of(self.stopping())
            if looked or due or stopping:
                self._check_finite(phase)
            if stopping:
                self._save()
                raise InterruptedTrainingError(
                    f"training was asked to stop in {phase.name}, epoch {state.epoch}, step {state.steps_done}; "
                    f"the same command goes on from there"
                )
            if due:
                self._save()
                print(f"{phase.name} epoch {state.epoch + 1}, step {state.steps_done}/{len(batches)}", flush=True)
        self._end_epoch(phase, len(batches))

    def _step(self, phase: Phase, members: tuple[int, ...], epochs_done: float) -> None:
        state = self.state
        step_seed = seeds.derive(self.seed, "step", phase.name, state.total_steps)
        torch.manual_seed(step_seed)
        batch = Batch(members, state.epoch, state.total_steps, np.random.default_rng(step_seed))
        for update in phase.updates:
            optimiser = self.optimisers[update.name]
            for group in optimiser.param_groups:
                group["lr"] = group.setdefault("base_lr", group["lr"]) * update.rate(epochs_done)
            optimiser.zero_grad(set_to_none=True)
            with self._autocast():
                losses = update.loss(batch)
            losses["loss"].backward()
            parallel.average_gradients(p for group in optimiser.param_groups for p in group["params"])
            optimiser.step()
            for name, value in losses.items():
                key = f"{update.name}/{name}"
                weighted = value.detach().to(torch.float64) * len(members)
                self.running[key] = self.running[key] + weighted if key in self.running else weighted
        state.steps_done += 1
        state.total_steps += 1
        state.samples += len(members)

    def _end_epoch(self, phase: Phase, steps: int) -> None:
        state = self.state
        self._tick()
        members = sum(len(batch) for batch in phase.batches(state.epoch))
        means = {name: float(total) / members for name, total in self.running.items()}
        self._set_mode(phase, training=False)
        with torch.no_grad(), self._autocast():
            validation = parallel.agreed(dict(phase.validate()))
        self._tick()
        for split, values in (("train", means), ("validation", validation)):
            for name, value in values.items():
                short = name.partition("/")[2] if len(phase.updates) == 1 and "/" in name else name
                state.rows.append(
                    LogRow(phase.name, state.epoch, state.total_steps, split, short, float(value), state.seconds)
                )
        text = ", ".join(
            f"{row.split} {row.name} {row.value:.4f}" for row in state.rows[-len(means) - len(validation) :]
        )
        print(f"{phase.name} epoch {state.epoch + 1}/{phase.epochs}, {steps} steps, {state.seconds:.0f} s: {text}",
              flush=True)  # fmt: skip
        if validation.get("loss", float("inf")) < state.best_loss and phase.keep == "best":
            state.best_loss = validation["loss"]
            state.best = copy.deepcopy({name: network.state_dict() for name, network in self.networks.items()})
        state.epoch += 1
        state.steps_done = 0
        self.running = {}
        self.watch(state.rows)
        if time.monotonic() - self.last_save > self.settings.save_every_s:
            self._save()

    def _validation_losses(self, phase: Phase) -> list[float]:
        return [
            row.value
            for row in self.state.rows
            if row.phase == phase.name and row.split == "validation" and row.name == "loss"
        ]

    def _set_mode(self, phase: Phase, training: bool) -> None:
        for network in self.networks.values():
            network.eval()
        if training:
            for update in phase.updates:
                for network in update.networks:
                    network.train()

    def _autocast(self) -> Any:
        if self.settings.precision == "bf16":
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    def _check_finite(self, phase: Phase) -> None:
        for name, total in self.running.items():
            if not bool(torch.isfinite(total)):
                raise CardioPriorError(
                    f"training stopped: {name} is {float(total)} by step {self.state.total_steps} of {phase.name} "
                    f"(epoch {self.state.epoch}); wanted a finite loss. A lower learning rate may help"
                )
        # A finite loss can have a gradient that is not: the weights are gone before any loss shows it.
        for name, network in self.networks.items():
            finite = [parameter.detach().isfinite().all() for parameter in network.parameters()]
            if finite and not bool(torch.stack(finite).all()):
                raise CardioPriorError(
                    f"training stopped: weights of {name} are not finite by step {self.state.total_steps} of "
                    f"{phase.name} (epoch {self.state.epoch}), while the loss is; wanted a finite gradient"
                )

    def _tick(self) -> None:
        now = time.monotonic()
        self.state.seconds += now - self.clock
        self.clock = now

    def _stored(self) -> dict[str, Any] | None:
        if not self.checkpoint.is_file():
            return None
        stored: dict[str, Any] = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        return stored

    def _save(self) -> None:
        self._tick()
        if parallel.is_first():
            self._write_checkpoint()
        self.last_save = time.monotonic()

    def _write_checkpoint(self) -> None:
        self.state.sums = {name: float(total) for name, total in self.running.items()}
        stored = {
            "networks": {name: network.state_dict() for name, network in self.networks.items()},
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
            "state": {**vars(self.state), "rows": [asdict(row) for row in self.state.rows]},
        }
        # to an open file: given a path, torch hides that a disk is full
        with atomic.replacing(self.checkpoint) as temporary, temporary.open("wb") as file:
            torch.save(stored, file)

    def _load_networks(self, weights: Mapping[str, Any]) -> None:
        for name, network in self.networks.items():
            network.load_state_dict(weights[name])
