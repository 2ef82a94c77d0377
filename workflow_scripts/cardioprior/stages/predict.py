"""From records and trained models to predictions of the test subjects of a shard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from cardioprior import registry
from cardioprior.inference.stored import device_of, load
from cardioprior.methods.contract import MethodBase
from cardioprior.store import read_shards, write_shard


def run(
    method: str, records: Path, subjects: Collection[str], models: Mapping[str, Path], device_name: str, out: Path
) -> None:
    """Predicts some subjects of a shard. models: file of each model by id."""
    device = device_of(device_name)
    predictor: MethodBase = registry.entry("methods", method)()
    loaded = {name: load(path, device) for name, path in models.items()}
    chosen = list(read_shards([records], list(subjects)))
    write_shard(out, predictor.predict(chosen, loaded, device))
    print(f"{len(chosen)} subjects", flush=True)
