"""Two processes on the CPU take the steps of one: whatever the loss does with a batch, and through normalisation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

import cardioprior
from cardioprior.errors import CardioPriorError
from cardioprior.training import parallel
from cardioprior.training.loop import LoopSettings, train
from tests.unit.stages import test_train as stage
from tests.unit.training.test_loop import WORLDS

#: dropout is left out: which of a batch's values it drops is drawn where they are
EXACT = [name for name in WORLDS if name != "dropout"]
#: a bias in front of a normalisation has no gradient but rounding, of which Adam makes whole steps; means follow it
IDLE = ("net.0.bias", "net.1.running_mean", "generator.0.bias", "generator.1.running_mean")


def trained(name: str, checkpoint: Path) -> dict[str, torch.Tensor]:
    networks, phases = WORLDS[name]()
    parallel.share_out(networks)
    train(networks, phases, checkpoint, 3, LoopSettings("fp32", 1e9))
    return {f"{n}.{key}": value for n, net in networks.items() for key, value in net.state_dict().items()}


def train_worlds(folder: Path) -> None:
    """In each of two processes."""
    assert parallel.world_size() == 2
    found = {name: trained(name, folder / f"{name}.pt") for name in EXACT}
    torch.save(found, folder / f"of-{torch.distributed.get_rank()}.pt")


@pytest.fixture(scope="module")
def in_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    folder = tmp_path_factory.mktemp("two")
    parallel.start(2, train_worlds, folder)
    first, second = (torch.load(folder / f"of-{rank}.pt") for rank in (0, 1))
    return first, second


@pytest.mark.parametrize("name", EXACT)
def test_two_processes_train_the_weights_of_one(name, in_two, tmp_path) -> None:
    """With batch normalisation, batches that do not divide evenly, noise, two phases, and a critic's two updates."""
    alone = trained(name, tmp_path / "c.pt")
    assert alone.keys() == in_two[0][name].keys()
    for key, value in alone.items():
        if key not in IDLE:
            torch.testing.assert_close(in_two[0][name][key], value, rtol=1e-4, atol=1e-5, msg=key)
        assert torch.equal(in_two[0][name][key], in_two[1][name][key]), key


def gradients_and_statistics(network: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of a loss that is no mean over members: one that relates each to all, and a part that is called by itself."""
    network.train()
    made = network(images)
    loss = (made / made.sum(0, keepdim=True).abs().clamp_min(1)).square().sum() + network[0](images).abs().max()
    loss.backward()
    parallel.average_gradients(network.parameters())
    return {
        **{n: p.grad for n, p in network.named_parameters()},
        **dict(network.named_buffers()),
        "loss": loss.detach(),
    }


def step(folder: Path, kind: str) -> None:
    torch.manual_seed(0)
    norm, conv = (nn.BatchNorm2d, nn.Conv2d) if kind == "2d" else (nn.BatchNorm3d, nn.Conv3d)
    network = nn.Sequential(conv(1, 3, 3, padding=1), norm(3), nn.ReLU(), conv(3, 2, 3, padding=1)).double()
    images = torch.randn((5, 1, *[6] * int(kind[0])), dtype=torch.float64)
    parallel.share_out({"net": network})
    torch.save(gradients_and_statistics(network, images), folder / f"{kind}-{int(parallel.is_first())}.pt")


@pytest.mark.parametrize("kind", ["2d", "3d"])
def test_one_step_has_the_gradients_of_a_single_process_for_a_loss_that_relates_members(kind, tmp_path) -> None:
    parallel.start(2, step, tmp_path, kind)
    ours, other = (torch.load(tmp_path / f"{kind}-{first}.pt") for first in (1, 0))
    step(tmp_path, kind)
    for key, value in torch.load(tmp_path / f"{kind}-1.pt").items():
        torch.testing.assert_close(ours[key], value, rtol=1e-5, atol=1e-6, msg=key)
        assert torch.equal(ours[key], other[key])


class Summing(nn.Module):
    """Returns one number, whatever the batch."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.sum()


def misused() -> None:
    network = Summing().train()
    parallel.share_out({"summing": network})
    network(torch.ones((4, 2), requires_grad=True))


def test_a_network_whose_output_is_not_a_row_a_member_is_refused_by_name() -> None:
    with pytest.raises(CardioPriorError, match=r"summing: an output has the shape \(\) for 2 members"):
        parallel.start(2, misused)


def lost() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_ends_the_others_and_is_told() -> None:
    with pytest.raises(CardioPriorError, match=r"process \d of 2 was lost \(exit code -9\)"):
        parallel.start(2, lost)


# --- the stage


@pytest.mark.parametrize("model_id", ["unet_3d", "frame_detector@wdl"])
def test_a_model_trained_on_two_devices_learns_as_on_one(model_id, tmp_path) -> None:
    """By its losses on what it learns from: see IDLE."""
    shards = stage.world(tmp_path)
    one, two = (stage.run(tmp_path / str(devices), shards, model_id, devices=devices) for devices in (1, 2))
    assert stage.weights(one).keys() == stage.weights(two).keys()
    rows = [stage.log_without_seconds(tmp_path / str(devices)) for devices in (1, 2)]
    assert [row[:5] for row in rows[0]] == [row[:5] for row in rows[1]]
    losses = [[float(row[5]) for row in its if row[3] == "train"] for its in rows]
    assert len(losses[0]) == 2 and losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert stage.leftovers(tmp_path / "2") == []


def long(folder: Path) -> Path:
    """A training on two devices that lasts a while."""
    stage.SETTINGS["frame_detector@wdl"]["epochs"] = 40
    shards = [folder.parent / f"shard-{shard}.h5" for shard in (0, 1)]
    return stage.run(folder, shards, "frame_detector@wdl", devices=2)


@pytest.mark.slow
def test_a_training_on_two_devices_that_is_told_to_stop_goes_on_to_the_very_same_weights(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(stage.SETTINGS, "frame_detector@wdl", dict(stage.SETTINGS["frame_detector@wdl"]))
    stage.world(tmp_path)
    folders = [str(Path(__file__).resolve().parents[3]), str(Path(cardioprior.__file__).parents[1])]
    folder = tmp_path / "stopped"
    command = f"from tests.unit.training.test_parallel import long, Path; long(Path({str(folder)!r}))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    process = subprocess.Popen([sys.executable, "-c", command], env=environment, stderr=subprocess.PIPE, text=True)
    while not (folder / "log.csv").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said = process.communicate()[1]
    assert process.returncode == 1
    assert "training was asked to stop" in said
    assert len(stage.leftovers(folder)) == 1 and not (folder / "models").exists()
    assert stage.weights(long(folder)) == stage.weights(long(tmp_path / "through"))
    assert stage.log_without_seconds(folder) == stage.log_without_seconds(tmp_path / "through")
