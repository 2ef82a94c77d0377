"""Cases that do not fit into memory: the same batches, and the same weights to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cardioprior import registry
from cardioprior.config import Compute
from cardioprior.models.contract import ModelRef
from cardioprior.stages import train
from cardioprior.store import OnDisk, write_shard
from cardioprior.training.rows import RowsOnDisk, rows
from tests.unit.training.test_kspace_training import CPU, record, settings_of

ROLES = {"0": "train", "1": "train", "2": "train", "3": "validation"}


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Cines of two to five slices in two files."""
    paths = [tmp_path / f"shard-{shard}.h5" for shard in (0, 1)]
    for shard, path in enumerate(paths):
        write_shard(path, [record(n, slices=n + 2) for n in range(4) if n % 2 == shard])
    return paths


def records(shards: list[Path], memory_mb: float) -> tuple:
    return train.records(shards, ROLES, "train", registry.entry("models", "syn_net"), memory_mb)


def test_rows_are_indexed_across_records_as_one_tensor_is(shards) -> None:
    arrays = [[one.arrays["cines"] for one in records(shards, memory_mb)] for memory_mb in (1000, 1e-3)]
    whole, stored = (rows(some, CPU) for some in arrays)
    assert isinstance(whole, torch.Tensor) and isinstance(stored, RowsOnDisk)
    assert (len(stored), stored.shape) == (2 + 3 + 4, whole.shape)
    for index in ([0], [8, 2, 2, 4], slice(1, 7), slice(6, 20), slice(None)):
        assert torch.equal(stored[index], whole[index])


def test_arrays_stay_on_disk_where_they_are_more_than_their_share_of_the_memory_and_the_model_can(shards) -> None:
    size_mb = sum(array.nbytes for one in records(shards, 1000) for array in one.arrays.values()) / 1e6
    enough = size_mb / train.SHARE_OF_DATA
    for memory_mb, kind in ((1.01 * enough, np.ndarray), (0.99 * enough, OnDisk)):
        assert {type(array) for one in records(shards, memory_mb) for array in one.arrays.values()} == {kind}
    assert not registry.entry("models", "unet_3d").streams
    read = train.records(shards, ROLES, "train", registry.entry("models", "unet_3d"), 1e-3)
    assert {type(array) for one in read for array in one.arrays.values()} <= {np.ndarray}


@pytest.mark.parametrize("model_id", ["syn_net", "label_autoencoder"])
def test_a_model_trained_from_disk_is_that_trained_from_memory_to_the_bit(
    model_id, shards, tmp_path, capsys, monkeypatch
) -> None:
    how = {"device": "cpu", "devices": 1, "precision": "fp32", "channels_last": False, "compile": False}
    ref = ModelRef.parse("kspace", "cohort", "main", model_id)
    extra = {"syn_net": {"width": 2, "warm_epochs": 1}, "label_autoencoder": {"width": 2, "code": 4}}[model_id]
    found = []
    compute = Compute(**how, checkpoint_seconds=1e6, training_memory_mb=1000)
    for share in (0.4, 1e-6):
        monkeypatch.setattr(train, "SHARE_OF_DATA", share)
        folder = tmp_path / str(share)
        train.run(
            ref, settings_of(model_id, **extra), {"name": "short_axis_cines", "settings": {}}, compute, 0, shards,
            ROLES, {}, "code", folder / "model.pt", folder / "log.csv", folder / "checkpoints", lambda: False,
        )  # fmt: skip
        found.append(torch.load(folder / "model.pt")["networks"])
        assert ("batches are read from disk" in capsys.readouterr().out) is (share == 1e-6)
    for network, weights in found[0].items():
        assert [key for key, value in weights.items() if not torch.equal(value, found[1][network][key])] == []
