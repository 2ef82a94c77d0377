"""From records and trained models to predictions of the test subjects of a shard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from cardioprior import registry
from cardioprior.inference.stored import device_of, load
from cardioprior.methods.contract import MethodBase
from cardioprior.preparations.contract import PreparationBase
from cardioprior.stages.records import records
from cardioprior.store import write_shard


def run(
    method: str, source: Path, subjects: Collection[str], preparation: PreparationBase, models: Mapping[str, Path],
    device_name: str, out: Path,
) -> None:  # fmt: skip
    """Predicts some subjects of a shard, one at a time. models: file of each by id. source: see stages/records."""
    device = device_of(device_name)
    predictor: MethodBase = registry.entry("methods", method)()
    loaded = {name: load(path, device) for name, path in models.items()}
    write_shard(out, predictor.predict(records(source, subjects, preparation), loaded, device))
