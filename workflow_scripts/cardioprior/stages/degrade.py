"""From prepared to degraded shards: a test condition with fixed seeds."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from cardioprior import seeds
from cardioprior.degradation.contract import degradation_of
from cardioprior.store import read_shards, write_shard


def run(
    degradation: str, prepared: Path, subjects: Collection[str], seed: int, purpose: tuple[str, ...], out: Path
) -> None:
    """Degrades some subjects of a shard; the stream of each is named by purpose (cohort, condition) and subject."""
    degrade = degradation_of(degradation)
    write_shard(
        out,
        (
            degrade(record, np.random.default_rng(seeds.derive(seed, "degrade", *purpose, record.subject)))
            for record in read_shards([prepared], list(subjects))
        ),
    )
