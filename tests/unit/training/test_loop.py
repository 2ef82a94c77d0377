"""The loop's one promise: an interrupted training ends with the very weights and log of an uninterrupted one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cardioprior.errors import CardioPriorError
from cardioprior.training import loop
from cardioprior.training.batches import shuffled
from cardioprior.training.loop import InterruptedTrainingError, LoopSettings, Outcome, train
from cardioprior.training.phase import Batch, Phase, Update

MEMBERS, BATCH_SIZE, EPOCHS = 7, 2, 2  # four steps an epoch, the last one smaller
STEPS_A_PHASE = 4 * EPOCHS
NEVER = LoopSettings("fp32", save_every_s=1e9)
ALWAYS = LoopSettings("fp32", save_every_s=-1.0)

Networks = dict[str, nn.Module]
World = Callable[[], tuple[Networks, list[Phase]]]


def data() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn((MEMBERS, 3), generator=generator), torch.randn((MEMBERS, 2), generator=generator)


def network(dropout: float = 0.0) -> nn.Module:
    return nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4, track_running_stats=True), nn.Tanh(), nn.Dropout(dropout), nn.Linear(4, 2)
    )


def adam(parameters) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=0.05)


def regression(net: nn.Module, name: str = "fit", **options) -> Phase:
    """The targets from the inputs, with noise drawn from the step's own generator."""
    inputs, targets = data()

    def loss(batch: Batch) -> dict[str, torch.Tensor]:
        chosen = list(batch.members)
        # the smallest batch has one member, which batch normalisation refuses: the first is taken along
        noisy = inputs[[*chosen, 0]] + 0.1 * torch.from_numpy(batch.rng.normal(size=(len(chosen) + 1, 3))).float()
        error = functional.mse_loss(net(noisy), targets[[*chosen, 0]])
        return {"loss": error, "root": error.detach().sqrt()}

    rate = options.pop("rate", lambda epoch: 1.0)
    options = {"validate": lambda: {"loss": float(functional.mse_loss(net(inputs), targets))}, **options}
    return Phase(
        name=name,
        updates=[Update("adam", [net], adam, loss, rate)],
        batches=shuffled(MEMBERS, BATCH_SIZE, seed=1),
        epochs=EPOCHS,
        **options,
    )


def plain(**options) -> World:
    def world() -> tuple[Networks, list[Phase]]:
        torch.manual_seed(0)
        net = network(options.get("dropout", 0.0))
        return {"net": net}, [regression(net, **{k: v for k, v in options.items() if k != "dropout"})]

    return world


def two_phases() -> tuple[Networks, list[Phase]]:
    torch.manual_seed(0)
    net = network()
    return {"net": net}, [regression(net, "first", keep="best"), regression(net, "second")]


def adversarial() -> tuple[Networks, list[Phase]]:
    """Two updates a step: a critic that tells targets from outputs, and a generator that fools it."""
    torch.manual_seed(0)
    generator, critic = network(), nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    inputs, targets = data()

    def critic_loss(batch: Batch) -> dict[str, torch.Tensor]:
        chosen = [*batch.members, 0]
        real, fake = critic(targets[chosen]), critic(generator(inputs[chosen]))
        return {"loss": functional.softplus(-real).mean() + functional.softplus(fake).mean()}

    def generator_loss(batch: Batch) -> dict[str, torch.Tensor]:
        return {"loss": functional.softplus(-critic(generator(inputs[[*batch.members, 0]]))).mean()}

    updates = [Update("critic", [critic], adam, critic_loss), Update("generator", [generator], adam, generator_loss)]
    phase = Phase("adversarial", updates, shuffled(MEMBERS, BATCH_SIZE, 1), EPOCHS, dict)
    return {"generator": generator, "critic": critic}, [phase]


WORLDS = {
    "plain": plain(),
    "best": plain(keep="best"),
    "shrinking rate": plain(rate=lambda epoch: 0.1**epoch),
    "dropout": plain(dropout=0.5),
    "two phases": two_phases,
    "two updates": adversarial,
}


def stop_after(steps: int) -> Callable[[], bool]:
    """Asks to stop from the given number of steps on. The loop may ask more than once a step."""
    seen: set[tuple[int, ...]] = set()

    def stopping() -> bool:
        return len(seen) >= steps

    stopping.seen = seen
    return stopping


def run(world: World, checkpoint, settings=NEVER, stopping=lambda: False) -> tuple[Networks, Outcome]:
    networks, phases = world()
    if hasattr(stopping, "seen"):
        phases = [counting(phase, stopping.seen) for phase in phases]
    return networks, train(networks, phases, checkpoint, seed=3, settings=settings, stopping=stopping)


def counting(phase: Phase, seen: set) -> Phase:
    """The phase, with its last update noting each step it makes."""
    *others, last = phase.updates

    def loss(batch: Batch) -> dict[str, torch.Tensor]:
        seen.add((phase.name, batch.step))
        return last.loss(batch)

    return replace(phase, updates=[*others, replace(last, loss=loss)])


def weights(networks: Networks) -> dict[str, bytes]:
    return {
        f"{name}.{key}": value.numpy().tobytes()
        for name, net in networks.items()
        for key, value in net.state_dict().items()
    }


def log(outcome: Outcome) -> list:
    return [replace(row, seconds=0.0) for row in outcome.rows]


def steps_of(name: str) -> int:
    return STEPS_A_PHASE * (2 if name == "two phases" else 1)


@pytest.mark.parametrize(("name", "k"), [(name, k) for name in WORLDS for k in range(1, steps_of(name) + 1)])
def test_stopped_after_any_step_and_started_again_ends_in_the_same_weights_and_log(name, k, tmp_path):
    through, outcome = run(WORLDS[name], tmp_path / "through.pt")
    with pytest.raises(InterruptedTrainingError, match="asked to stop in"):
        run(WORLDS[name], tmp_path / "stopped.pt", stopping=stop_after(k))
    again, resumed = run(WORLDS[name], tmp_path / "stopped.pt")
    assert weights(again) == weights(through)
    assert log(resumed) == log(outcome)
    assert resumed.samples == outcome.samples == MEMBERS * steps_of(name) // 4


@pytest.mark.parametrize("name", WORLDS)
def test_stopped_after_every_single_step_it_still_ends_the_same(name, tmp_path):
    through, outcome = run(WORLDS[name], tmp_path / "through.pt")
    for _ in range(steps_of(name)):
        with pytest.raises(InterruptedTrainingError):
            run(WORLDS[name], tmp_path / "stopped.pt", stopping=stop_after(1))
    again, resumed = run(WORLDS[name], tmp_path / "stopped.pt")
    assert weights(again) == weights(through)
    assert log(resumed) == log(outcome)


@pytest.mark.parametrize("name", WORLDS)
def test_from_a_checkpoint_of_a_process_that_died_it_ends_the_same(name, tmp_path):
    """Checkpoints after every step and epoch; the process dies in the middle of a later step."""
    through, outcome = run(WORLDS[name], tmp_path / "through.pt")
    for deadly_step in (2, 5, 7):
        networks, phases = WORLDS[name]()
        last = phases[-1].updates[-1]

        def loss(batch: Batch, last=last, deadly_step=deadly_step) -> dict[str, torch.Tensor]:
            if batch.step == deadly_step:
                raise KeyboardInterrupt
            return last.loss(batch)

        dying = replace(phases[-1], updates=[*phases[-1].updates[:-1], replace(last, loss=loss)])
        with pytest.raises(KeyboardInterrupt):
            train(networks, [*phases[:-1], dying], tmp_path / f"{deadly_step}.pt", 3, ALWAYS)
        again, resumed = run(WORLDS[name], tmp_path / f"{deadly_step}.pt")
        assert weights(again) == weights(through)
        assert log(resumed) == log(outcome)


def test_the_interruptions_above_matter_a_lost_step_would_show(tmp_path):
    """The worlds are sensitive: one step fewer, another seed or no dropout end in other weights."""
    through = weights(run(WORLDS["dropout"], tmp_path / "a.pt")[0])
    networks, phases = WORLDS["dropout"]()
    train(networks, phases, tmp_path / "b.pt", seed=4, settings=NEVER)
    assert weights(networks) != through
    with pytest.raises(InterruptedTrainingError):
        run(WORLDS["dropout"], tmp_path / "c.pt", stopping=stop_after(STEPS_A_PHASE - 1))
    stopped = torch.load(tmp_path / "c.pt")["networks"]["net"]
    assert {f"net.{key}": value.numpy().tobytes() for key, value in stopped.items()} != through


def test_the_time_of_all_interruptions_adds_up_and_the_log_keeps_its_rows(tmp_path):
    with pytest.raises(InterruptedTrainingError):
        run(WORLDS["plain"], tmp_path / "stopped.pt", stopping=stop_after(5))
    spent = torch.load(tmp_path / "stopped.pt")["state"]["seconds"]
    _, outcome = run(WORLDS["plain"], tmp_path / "stopped.pt")
    assert outcome.seconds > spent > 0
    seconds = [row.seconds for row in outcome.rows]
    assert seconds == sorted(seconds)


def test_the_log_has_the_mean_over_members_of_every_loss_and_the_validation(tmp_path):
    values = torch.tensor([1.0, 2.0, 3.0])
    net = nn.Linear(1, 1)

    def loss(batch: Batch) -> dict[str, torch.Tensor]:
        return {"loss": values[list(batch.members)].mean() + 0 * net.weight.sum()}

    phase = Phase(
        "fit", [Update("sgd", [net], lambda p: torch.optim.SGD(p, lr=1.0), loss)], lambda epoch: [(0, 1), (2,)], 2,
        lambda: {"loss": 5.0},
    )  # fmt: skip
    outcome = train({"net": net}, [phase], tmp_path / "c.pt", 0, NEVER)
    rows = [(row.epoch, row.step, row.split, row.name, row.value) for row in outcome.rows]
    assert rows == [
        (0, 2, "train", "loss", 2.0), (0, 2, "validation", "loss", 5.0),
        (1, 4, "train", "loss", 2.0), (1, 4, "validation", "loss", 5.0),
    ]  # fmt: skip


def test_with_two_updates_a_loss_is_logged_under_its_updates_name(tmp_path):
    _, outcome = run(adversarial, tmp_path / "c.pt")
    assert {row.name for row in outcome.rows} == {"critic/loss", "generator/loss"}


def scripted(validation_losses: list[float], **options) -> tuple[nn.Module, Phase]:
    """A weight that grows by one a step, one step an epoch, and validation losses as told."""
    net = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(net.weight)
    told = iter(validation_losses)
    update = Update("sgd", [net], lambda p: torch.optim.SGD(p, lr=1.0), lambda batch: {"loss": -net.weight.sum()})
    phase = Phase("fit", [update], lambda e: [(0,)], len(validation_losses), lambda: {"loss": next(told)}, **options)
    return net, phase


@pytest.mark.parametrize(("keep", "weight"), [("best", 2.0), ("last", 4.0)])
def test_the_best_epochs_weights_are_kept_or_the_last(keep, weight, tmp_path):
    net, phase = scripted([3.0, 1.0, 1.0, 2.0], keep=keep)
    train({"net": net}, [phase], tmp_path / "c.pt", 0, NEVER)
    assert net.weight.item() == weight


def test_the_next_phase_starts_from_the_best_weights(tmp_path):
    net, first = scripted([1.0, 2.0, 3.0], keep="best")
    update = Update("sgd", [net], lambda p: torch.optim.SGD(p, lr=10.0), lambda batch: {"loss": -net.weight.sum()})
    second = Phase("more", [update], lambda epoch: [(0,)], 1, dict)
    train({"net": net}, [first, second], tmp_path / "c.pt", 0, NEVER)
    assert net.weight.item() == 1 + 10


def test_the_stop_rule_sees_all_validation_losses_and_ends_the_phase_early(tmp_path):
    heard = []

    def stop(losses) -> bool:
        heard.append(list(losses))
        return len(losses) >= 2 and losses[-1] > losses[-2]

    net, phase = scripted([3.0, 2.0, 2.5, 1.0], stop=stop)
    outcome = train({"net": net}, [phase], tmp_path / "c.pt", 0, NEVER)
    assert net.weight.item() == 3.0
    assert heard == [[], [3.0], [3.0, 2.0], [3.0, 2.0, 2.5]]
    assert outcome.samples == 3


def test_a_rate_is_a_factor_on_the_first_learning_rate_and_does_not_pile_up(tmp_path):
    net, phase = scripted([1.0, 1.0, 1.0])
    phase = replace(phase, updates=[replace(phase.updates[0], rate=lambda epochs_done: 0.5**epochs_done)])
    train({"net": net}, [phase], tmp_path / "c.pt", 0, NEVER)
    assert net.weight.item() == 1 + 0.5 + 0.25


def explosive(bad_step: int, value: float) -> World:
    def world() -> tuple[Networks, list[Phase]]:
        torch.manual_seed(0)
        net = network()
        phase = regression(net, "second half")
        (update,) = phase.updates

        def loss(batch: Batch) -> dict[str, torch.Tensor]:
            losses = update.loss(batch)
            return {"loss": losses["loss"] * (value if batch.step == bad_step else 1.0)}

        return {"net": net}, [replace(phase, updates=[replace(update, loss=loss)])]

    return world


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_stops_training_with_the_phase_and_leaves_the_last_good_checkpoint(tmp_path, value):
    with pytest.raises(CardioPriorError, match=r"adam/loss is (nan|inf) by step 6 of second half .*finite loss"):
        run(explosive(5, value), tmp_path / "c.pt", ALWAYS)
    stored = torch.load(tmp_path / "c.pt")
    assert stored["state"]["total_steps"] == 5
    assert all(torch.isfinite(tensor).all() for tensor in stored["networks"]["net"].values())


def test_a_loss_that_is_not_finite_is_noticed_within_the_epoch_without_any_checkpoint_due(tmp_path):
    with pytest.raises(CardioPriorError, match="by step 4 of second half"):
        run(explosive(1, np.nan), tmp_path / "c.pt", NEVER)
    assert not (tmp_path / "c.pt").exists()


def test_a_loss_that_is_not_finite_is_not_saved_when_asked_to_stop(tmp_path):
    with pytest.raises(CardioPriorError, match="finite loss") as caught:
        run(explosive(1, np.nan), tmp_path / "c.pt", stopping=stop_after(2))
    assert not isinstance(caught.value, InterruptedTrainingError)
    assert not (tmp_path / "c.pt").exists()


def test_a_gradient_that_is_not_finite_does_not_reach_the_checkpoint(tmp_path):
    """sqrt(0) is finite and its slope is not: the loss looks well while the weights are gone."""

    def world() -> tuple[Networks, list[Phase]]:
        torch.manual_seed(0)
        net = network()
        phase = regression(net)
        (update,) = phase.updates

        def loss(batch: Batch) -> dict[str, torch.Tensor]:
            losses = update.loss(batch)
            harmless = (0 * losses["loss"]).sqrt() if batch.step == 2 else 0
            return {"loss": losses["loss"] + harmless}

        return {"net": net}, [replace(phase, updates=[replace(update, loss=loss)])]

    with pytest.raises(CardioPriorError, match="weights of net are not finite by step 3 of fit"):
        run(world, tmp_path / "c.pt", ALWAYS)
    stored = torch.load(tmp_path / "c.pt")
    assert stored["state"]["total_steps"] == 2
    assert all(torch.isfinite(tensor).all() for tensor in stored["networks"]["net"].values())


def test_only_the_networks_of_the_phase_are_in_training_mode(tmp_path):
    trained, frozen = nn.Linear(1, 1), nn.Linear(1, 1)
    modes = []

    def loss(batch: Batch) -> dict[str, torch.Tensor]:
        modes.append((trained.training, frozen.training))
        return {"loss": frozen(trained(torch.ones(1, 1))).sum()}

    def validate() -> dict[str, float]:
        modes.append((trained.training, frozen.training, torch.is_grad_enabled()))
        return {}

    phase = Phase("fit", [Update("adam", [trained], adam, loss)], lambda epoch: [(0,)], 2, validate)
    before = frozen.weight.clone()
    train({"trained": trained, "frozen": frozen}, [phase], tmp_path / "c.pt", 0, NEVER)
    assert modes == [(True, False), (False, False, False)] * 2
    assert torch.equal(frozen.weight, before)


def test_the_watcher_sees_the_log_grow_by_epochs(tmp_path):
    networks, phases = plain()()
    lengths = []
    train(networks, phases, tmp_path / "c.pt", 3, NEVER, watch=lambda rows: lengths.append(len(rows)))
    assert lengths == [3, 6]  # two losses and a validation loss


def test_bf16_is_resumed_to_the_bit_as_well(tmp_path):
    half = LoopSettings("bf16", 1e9)
    through, outcome = run(plain(), tmp_path / "a.pt", half)
    with pytest.raises(InterruptedTrainingError):
        run(plain(), tmp_path / "b.pt", half, stop_after(5))
    again, resumed = run(plain(), tmp_path / "b.pt", half)
    assert weights(again) == weights(through)
    assert log(resumed) == log(outcome)
    assert weights(again) != weights(run(plain(), tmp_path / "c.pt")[0])


def test_a_non_finite_loss_in_a_long_epoch_is_noticed_after_a_few_steps(tmp_path):
    net = nn.Linear(1, 1)
    steps = []

    def loss(batch: Batch) -> dict[str, torch.Tensor]:
        steps.append(batch.step)
        return {"loss": net.weight.sum() * np.nan}

    phase = Phase("fit", [Update("adam", [net], adam, loss)], lambda epoch: [(0,)] * 1000, 1, dict)
    with pytest.raises(CardioPriorError, match="finite"):
        train({"net": net}, [phase], tmp_path / "c.pt", 0, NEVER)
    assert len(steps) == loop.LOOK_EVERY
