"""What a shape prior costs once training is over: nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cardioprior import registry
from cardioprior.config import Compute
from cardioprior.inference.stored import Stored, load
from cardioprior.models.contract import ModelRef
from cardioprior.stages import train
from cardioprior.store import Record, write_shard

SIZE, SLICES, FACTOR = 24, 4, 3
CPU = torch.device("cpu")
ROLES = {"a": "train", "b": "train", "c": "validation"}
TRAINING = {"epochs": 1, "batch_size": 2, "learning_rate": 1e-3, "schedule": "cosine"}
SETTINGS = {
    "shape_prior": {
        "autoencoder_width": 2,
        "predictor_width": 2,
        "maps": 2,
        "code_epochs": 1,
        "joint_epochs": 1,
        **TRAINING,
    },
    "stack_segmentation": {"width": 0.1, **TRAINING},
}
#: another number of slices and of pixels than were trained on, not those of a shape autoencoder
ELSEWHERE = (5, 40, 32)


def record(subject: str) -> Record:
    """Two nested squares in a thick stack and on the thin slices of its grid."""
    distance = np.abs(np.indices((SIZE, SIZE)) - 11.5).max(axis=0)
    labels = np.where(distance < 4, 1, np.where(distance < 7, 2, 0)).astype(np.uint8)
    noise = np.random.default_rng(ord(subject)).normal(0, 0.05, (SLICES, SIZE, SIZE))
    grid = {"shape_zyx": [SLICES * FACTOR, SIZE, SIZE], "affine": np.diag([3.0, 3.0, 3.0, 1.0]).tolist()}
    arrays = {"image": (labels / 2 + noise).astype(np.float32), "labels": np.repeat(labels[None], SLICES * FACTOR, 0)}
    return Record(subject, arrays, {"grid": grid})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stored]:
    """The two rows' networks from their files; the prior's own file is not among what they are read with."""
    folder = tmp_path_factory.mktemp("prior")
    shard = folder / "shard-0.h5"
    write_shard(shard, [record(subject) for subject in ROLES])
    how = {"device": "cpu", "devices": 1, "precision": "fp32", "channels_last": False, "compile": False}
    compute = Compute(**how, checkpoint_seconds=1e6, training_memory_mb=1)

    def run(model_id: str, dependencies: dict[str, Path]) -> Path:
        ref = ModelRef.parse("study", "cohort", "main", model_id)
        settings = registry.entry("models", ref.name).Settings(**SETTINGS[ref.name])
        path = folder / ref.path
        train.run(
            ref, settings, {"name": "paired_stacks", "settings": {}}, compute, 0, [shard], ROLES, dependencies, "1",
            path, folder / "log.csv", folder / "checkpoints", lambda: False,
        )  # fmt: skip
        return path

    prior = run("shape_prior", {})
    paths = {
        "3D-Seg": run("stack_segmentation@3d-seg", {}),
        "ACNN-Seg": run("stack_segmentation@acnn-seg", {"shape_prior": prior}),
    }
    prior.unlink()
    return {name: load(path, CPU) for name, path in paths.items()}


def operations(network: nn.Module) -> list[str]:
    """What the exported network computes, in order."""
    exported = torch.export.export(network, (torch.rand(1, 1, SLICES, SIZE, SIZE),))
    return [str(node.target) for node in exported.graph.nodes if node.op == "call_function"]


def floating_point_operations(network: nn.Module) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.rand(1, 1, SLICES, SIZE, SIZE))
    return counter.get_total_flops()


def test_the_file_of_a_network_trained_with_the_prior_holds_no_prior(trained) -> None:
    assert [list(stored.parts) for stored in trained.values()] == [["segmentation"], ["segmentation"]]
    shapes = [
        {name: tuple(value.shape) for name, value in stored["segmentation"].state_dict().items()}
        for stored in trained.values()
    ]
    assert shapes[0] == shapes[1]


def test_exported_both_compute_the_same_operations_at_the_same_cost(trained) -> None:
    plain, constrained = (stored["segmentation"] for stored in trained.values())
    assert operations(plain) == operations(constrained)
    assert floating_point_operations(plain) == floating_point_operations(constrained) > 0


@pytest.mark.parametrize("name", ["3D-Seg", "ACNN-Seg"])
def test_both_run_on_matrices_they_were_not_trained_at(trained, name: str) -> None:
    z, y, x = ELSEWHERE
    with torch.no_grad():
        assert trained[name]["segmentation"](torch.rand(1, 1, z, y, x)).shape == (1, 3, FACTOR * z, y, x)
