"""Arrays a subject, many subjects a file: the HDF5 shards of prepared, degraded and predicted data.

A shard has one group a subject; its datasets are the arrays, its attribute `meta` is JSON. A shard has one writer,
is renamed into place when it is whole, and is then opened read-only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cardioprior import atomic
from cardioprior.errors import SubjectError


@dataclass(frozen=True)
class Record:
    """A subject's arrays by name and what is known of them (JSON values)."""

    subject: str
    arrays: dict[str, np.ndarray]
    meta: dict[str, Any] = field(default_factory=dict)


def write_shard(path: Path, records: Iterable[Record | SubjectError]) -> None:
    """Writes a shard whole; records are taken one at a time, so that memory does not grow with the shard.

    A subject that could not be done arrives as its error and is listed in the shard's attribute `left_out`.
    """
    import h5py

    with atomic.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        left_out = []
        for record in records:
            if isinstance(record, SubjectError):
                left_out.append(record.sentence)
                continue
            group = file.create_group(record.subject)
            group.attrs["meta"] = json.dumps(record.meta)
            for name, array in record.arrays.items():
                compressed = {"compression": "lzf"} if array.dtype == np.uint8 and array.size > 1 else {}
                group.create_dataset(name, data=array, **compressed)
        file.attrs["left_out"] = json.dumps(left_out)


def left_out(path: Path) -> list[str]:
    """Why subjects are not in a shard, a sentence each."""
    import h5py

    with h5py.File(path, "r") as file:
        sentences: list[str] = json.loads(file.attrs["left_out"])
    return sentences


def read_shards(
    paths: Sequence[Path], subjects: Collection[str] | None = None, arrays: Sequence[str] | None = None
) -> Iterable[Record]:
    """Records of the shards in order, those of `subjects` only if given, with the arrays named (default all)."""
    import h5py

    wanted = None if subjects is None else set(subjects)
    for path in paths:
        with h5py.File(path, "r") as file:
            for name, group in file.items():
                if wanted is None or name in wanted:
                    chosen = {key: data[()] for key, data in group.items() if arrays is None or key in arrays}
                    yield Record(name, chosen, json.loads(group.attrs["meta"]))


def read_pairs(shards: Sequence[tuple[Path, Path]]) -> Iterator[tuple[Record, Record]]:
    """Predictions, each with the record that it was made from. shards: of predictions, each with that of records."""
    for predictions, records in shards:
        for prediction in read_shards([predictions]):
            (record,) = read_shards([records], [prediction.subject])
            yield prediction, record
