"""From records and trained models to predictions of the test subjects of a shard."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from cardioprior import registry
from cardioprior.errors import SubjectError
from cardioprior.inference.stored import device_of, load
from cardioprior.methods.contract import MethodBase
from cardioprior.preparations.contract import PreparationBase
from cardioprior.stages.records import records
from cardioprior.store import Record, write_shards


@dataclass(frozen=True)
class Tested:
    """What a method predicts from under a test condition. source: the shard, see stages/records. models: the file of
    each that it needs, by id."""

    source: Path
    models: Mapping[str, Path]


def run(
    methods: Mapping[str, Mapping[str, Tested]], subjects: Collection[str], preparation: PreparationBase,
    device_name: str, out: Path,
) -> None:  # fmt: skip
    """Predicts some subjects of a shard, one at a time, by one method after the other under one condition after the
    other. methods: by method and condition what it predicts from."""
    device = device_of(device_name)
    loaded = cache(partial(load, device=device))

    def predicted(method: str, tested: Tested) -> Iterator[Record | SubjectError]:
        predictor: MethodBase = registry.entry("methods", method)()
        models = {name: loaded(path) for name, path in tested.models.items()}
        yield from predictor.predict(records(tested.source, subjects, preparation), models, device)

    write_shards(
        out,
        {
            f"{method}/{condition}": predicted(method, tested)
            for method, conditions in methods.items()
            for condition, tested in conditions.items()
        },
    )
