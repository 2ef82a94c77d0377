"""From a shard to a model file: tiny trainings of every model, stopped, killed and begun again."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import cardioprior
from cardioprior import atomic, registry
from cardioprior.config import Compute
from cardioprior.errors import CardioPriorError
from cardioprior.inference.stored import load
from cardioprior.models.contract import ModelRef
from cardioprior.stages import train
from cardioprior.store import Record, write_shard
from cardioprior.training.loop import InterruptedTrainingError

SIZE = 16
CPU = torch.device("cpu")
SUBJECTS = ("a", "b", "c", "d")
ROLES = {"a": "train", "b": "train", "c": "validation", "d": "test"}
TRAINING = {"epochs": 2, "batch_size": 2, "learning_rate": 1e-2, "schedule": "cosine"}
PREPARATION = {"name": "median_projection", "settings": {"spacing_mm": 2.0, "size": SIZE, "centre": "picture"}}
SETTINGS = {
    "unet_3d": {"width": 4, **TRAINING, "batch_size": 4},
    "pspu_net": {"width": 4, **TRAINING, "batch_size": 4},
    "frame_detector@wdl": {"width": 4, "copies": "fixed", **TRAINING},
    "frame_detector@wce": {"width": 4, "copies": "fixed", **TRAINING},
}


def record(subject: str) -> Record:
    """A square heart that beats: both studies' arrays in one record."""
    rng = np.random.default_rng(ord(subject))
    frames = 6 if subject < "c" else 5
    radius = 3 + 2 * np.cos(2 * np.pi * np.arange(frames) / frames)
    distance = np.abs(np.indices((SIZE, SIZE)) - 7.5).max(axis=0)
    cine = (distance < radius[:, None, None]) + rng.normal(0, 0.1, (frames, SIZE, SIZE))
    labels = np.repeat(np.digitize(distance, [3, 4.5, 6])[None], 3, axis=0)
    labels = np.array([1, 2, 3, 0])[labels].astype(np.uint8)
    return Record(
        subject,
        {
            "image_ED": (labels / 3 + rng.normal(0, 0.1, labels.shape)).astype(np.float32),
            "labels_ED": labels,
            "cine": cine.astype(np.float32),
            "phases": np.array([frames // 2, 0]),
        },
    )


def world(folder: Path) -> list[Path]:
    """Two prepared shards."""
    paths = [folder / f"shard-{shard}.h5" for shard in (0, 1)]
    for shard, path in enumerate(paths):
        write_shard(path, [record(subject) for subject in SUBJECTS[shard::2]])
    return paths


def compute(**changed) -> Compute:
    default = {"device": "cpu", "devices": 1, "precision": "fp32", "channels_last": False, "compile": False}
    return Compute(**{**default, "checkpoint_seconds": 1e6, "training_memory_mb": 1, **changed})


def run(
    folder: Path, shards: list[Path], model_id: str, code: str = "1", stopping=lambda: False, checkpoints="ckpt", **how
) -> Path:
    """Trains into `folder`; returns the model file."""
    ref = ModelRef.parse("study", "cohort", "main", model_id)
    settings = registry.entry("models", ref.name).Settings(**SETTINGS.get(model_id, {}))
    train.run(
        ref, settings, PREPARATION, compute(**how), 0, shards, ROLES, {}, code,
        folder / ref.path, folder / "log.csv", folder / checkpoints, stopping,
    )  # fmt: skip
    return folder / ref.path


def weights(model: Path) -> dict[str, bytes]:
    networks = torch.load(model)["networks"]
    return {f"{n}.{k}": v.contiguous().numpy().tobytes() for n, state in networks.items() for k, v in state.items()}


def log_without_seconds(folder: Path) -> list[list[str]]:
    with (folder / "log.csv").open() as file:
        return [row[:-1] for row in csv.reader(file)]


def leftovers(folder: Path) -> list[Path]:
    return [path for path in (folder / "ckpt").rglob("*") if path.is_file()]


def after(steps: int):
    """Asks to stop at the given question and ever after; a step asks one or two times."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("model_id", SETTINGS)
def test_a_trained_model_comes_back_from_its_file_and_predicts_the_same(model_id, tmp_path, monkeypatch):
    held = {}
    loop = train.train

    def holding(networks, *rest):
        held.update(networks)
        return loop(networks, *rest)

    monkeypatch.setattr(train, "train", holding)
    path = run(tmp_path, world(tmp_path), model_id)
    (name,) = held
    loaded = load(path, CPU)
    assert list(loaded.parts) == [name]
    assert not loaded[name].training and not any(p.requires_grad for p in loaded[name].parameters())
    image = torch.randn((1, 1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(loaded[name](image), held[name].eval()(image))


def test_beside_the_model_lie_its_description_and_its_log_and_no_checkpoint(tmp_path):
    path = run(tmp_path, world(tmp_path), "frame_detector@wdl", checkpoint_seconds=1e-9)
    about = atomic.read_json(path.with_suffix(".json"))
    assert about["model"] == "frame_detector@wdl"
    assert (about["train_subjects"], about["validation_subjects"]) == (2, 1)
    assert about["samples"] == 2 * 14  # two cines, seven copies each, two epochs
    assert about["training_seconds"] > 0
    held = load(path, CPU)["detector"]
    assert about["parameters"] == {"detector": sum(p.numel() for p in held.parameters())}
    assert about["size_mb"]["detector"] >= 4 * about["parameters"]["detector"] / 1e6
    header, *rows = log_without_seconds(tmp_path)
    assert header == ["phase", "epoch", "step", "split", "name", "value"]
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("0", "train", "loss"), ("0", "validation", "loss"), ("1", "train", "loss"), ("1", "validation", "loss"),
    ]  # fmt: skip
    assert leftovers(tmp_path) == []


def test_training_learns_something(tmp_path, monkeypatch):
    monkeypatch.setitem(SETTINGS, "unet_3d", {**SETTINGS["unet_3d"], "epochs": 12})
    run(tmp_path, world(tmp_path), "unet_3d")
    losses = [float(row[5]) for row in log_without_seconds(tmp_path)[1:] if row[3] == "train"]
    assert losses[-1] < 0.8 * losses[0]


def test_the_constant_guess_is_the_mean_place_in_the_training_subjects_cycles(tmp_path):
    path = run(tmp_path, world(tmp_path), "mean_frame")
    stored = load(path, CPU)
    assert stored.parts == {"ES": 0.5, "ED": 0.0}
    assert stored["ES"] == 0.5
    assert atomic.read_json(path.with_suffix(".json")) == {"parameters": {}}
    assert log_without_seconds(tmp_path) == [["phase", "epoch", "step", "split", "name", "value"]]


def test_a_model_carries_the_preparation_of_its_training_set(tmp_path):
    """New patients pass through it before the model sees them."""
    preparation = load(run(tmp_path, world(tmp_path), "mean_frame"), CPU).preparation
    assert type(preparation).__module__.endswith("median_projection")
    assert preparation.settings.model_dump() == PREPARATION["settings"]


def test_the_number_of_shards_does_not_change_the_model(tmp_path):
    (tmp_path / "one").mkdir()
    write_shard(tmp_path / "one" / "all.h5", [record(subject) for subject in SUBJECTS])
    in_two = run(tmp_path, world(tmp_path), "frame_detector@wdl")
    in_one = run(tmp_path / "one", [tmp_path / "one" / "all.h5"], "frame_detector@wdl")
    assert weights(in_one) == weights(in_two)


def test_two_losses_start_from_streams_of_their_own(tmp_path):
    shards = world(tmp_path)
    one, other = (run(tmp_path / loss, shards, f"frame_detector@{loss}") for loss in ("wdl", "wce"))
    assert weights(one) != weights(other)


@pytest.mark.parametrize("questions", [0, 3, 6, 9])
def test_stopped_and_started_again_is_the_model_of_a_run_without_a_stop(questions, tmp_path):
    shards = world(tmp_path)
    through = run(tmp_path / "through", shards, "frame_detector@wdl")
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path, shards, "frame_detector@wdl", stopping=after(questions))
    assert len(leftovers(tmp_path)) == 1
    assert not (tmp_path / "models").exists()
    again = run(tmp_path, shards, "frame_detector@wdl")
    assert weights(again) == weights(through)
    assert log_without_seconds(tmp_path) == log_without_seconds(tmp_path / "through")
    assert leftovers(tmp_path) == []


def test_a_checkpoint_of_other_code_is_thrown_away_and_not_resumed(tmp_path, capsys):
    shards = world(tmp_path)
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path, shards, "frame_detector@wdl", code="old", stopping=after(3))
    (stale,) = leftovers(tmp_path)
    # had it been read, it would have failed to load
    stale.write_bytes(b"no checkpoint")
    again = run(tmp_path, shards, "frame_detector@wdl", code="new")
    assert "going on from" not in capsys.readouterr().out
    assert weights(again) == weights(run(tmp_path / "through", shards, "frame_detector@wdl", code="new"))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("what", ["data", "compute"])
def test_a_checkpoint_of_other_data_or_other_compute_is_not_resumed(what, tmp_path, capsys):
    shards = world(tmp_path)
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path, shards, "frame_detector@wdl", stopping=after(3))
    changed = {}
    if what == "data":
        write_shard(shards[0], [record("a"), record("d")])
    else:
        changed = {"channels_last": True}
    run(tmp_path, shards, "frame_detector@wdl", **changed)
    assert "going on from" not in capsys.readouterr().out


def test_the_same_training_is_resumed_and_says_so(tmp_path, capsys):
    shards = world(tmp_path)
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path, shards, "frame_detector@wdl", stopping=after(3))
    run(tmp_path, shards, "frame_detector@wdl")
    assert "going on from epoch 0, step" in capsys.readouterr().out


def test_nobody_to_train_on_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROLES", dict.fromkeys(SUBJECTS, "test"))
    with pytest.raises(CardioPriorError, match=r"unet_3d: no subject to train on in .*shard-0"):
        run(tmp_path, world(tmp_path), "unet_3d")


def deadly(folder: Path) -> None:
    """In a process of its own: trains with a checkpoint every step and dies without a word once there are some."""
    torch.set_num_threads(1)
    shards = [folder / f"shard-{shard}.h5" for shard in (0, 1)]
    asked = iter(range(10**6))

    def dying() -> bool:
        if leftovers(folder) and next(asked) >= 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    run(folder, shards, "frame_detector@wdl", stopping=dying, checkpoint_seconds=1e-9)


def test_killed_without_warning_and_started_again_is_the_model_of_a_run_without_a_kill(tmp_path, capsys):
    shards = world(tmp_path)
    folders = [str(Path(__file__).resolve().parents[3]), str(Path(cardioprior.__file__).parents[1])]
    command = f"from tests.unit.stages.test_train import deadly, Path; deadly(Path({str(tmp_path)!r}))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    killed = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(leftovers(tmp_path)) == 1 and not (tmp_path / "models").exists()
    again = run(tmp_path, shards, "frame_detector@wdl", checkpoint_seconds=1e-9)
    assert "going on from" in capsys.readouterr().out
    through = run(tmp_path / "through", shards, "frame_detector@wdl", checkpoint_seconds=1e-9)
    assert weights(again) == weights(through)
    assert log_without_seconds(tmp_path) == log_without_seconds(tmp_path / "through")
