"""Arrays a subject, many subjects a file: the HDF5 shards of prepared, degraded and predicted data.

A shard has one group a subject; its datasets are the arrays, its attribute `meta` is JSON. A file of predictions
has a shard a method and test condition, each a group of the file, which the path `<file>.h5/<method>/<condition>`
names. A file has one writer, is renamed into place when it is whole, and is then opened read-only by any number of
jobs, without HDF5's own locks, which file systems of clusters often lack.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cardioprior import atomic
from cardioprior.errors import SubjectError

if TYPE_CHECKING:
    import h5py

SUFFIX = ".h5"
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Record:
    """A subject's arrays by name (numpy's, or `OnDisk`) and what is known of them (JSON values)."""

    subject: str
    arrays: dict[str, Any]
    meta: dict[str, Any] = field(default_factory=dict)


def write_shard(path: Path, records: Iterable[Record | SubjectError]) -> None:
    """Writes a shard whole; records are taken one at a time, so that memory does not grow with the shard.

    A subject that could not be done arrives as its error and is listed in the shard's attribute `left_out`.
    """
    import h5py

    with atomic.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        _write(file, records)


def write_shards(path: Path, shards: Mapping[str, Iterable[Record | SubjectError]]) -> None:
    """Writes a file of shards, one after the other, each a group of the name that it is given by (`a`, or `a/b`); the
    rest is as of `write_shard`."""
    import h5py

    with atomic.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        for name, records in shards.items():
            _write(file.create_group(name), records)


def _write(shard: h5py.Group, records: Iterable[Record | SubjectError]) -> None:
    left_out = []
    for record in records:
        if isinstance(record, SubjectError):
            left_out.append(record.sentence)
            continue
        group = shard.create_group(record.subject)
        group.attrs["meta"] = json.dumps(record.meta)
        for name, array in record.arrays.items():
            compressed = {"compression": "lzf"} if array.dtype == np.uint8 and array.size > 1 else {}
            group.create_dataset(name, data=array, **compressed)
    shard.attrs[LEFT_OUT] = json.dumps(left_out)


def left_out(path: Path) -> list[str]:
    """Why subjects are not in a shard, or not in some of a file's shards, a sentence each."""
    with _opened(path) as group:
        return [sentence for shard in _shards(group) for sentence in json.loads(shard.attrs[LEFT_OUT])]


def _shards(group: h5py.Group) -> Iterator[h5py.Group]:
    """A group that is a shard, or the shards in it."""
    if LEFT_OUT in group.attrs:
        yield group
    else:
        for part in group.values():
            yield from _shards(part)


@contextmanager
def _opened(path: Path) -> Iterator[h5py.Group]:
    """A shard: a file, or a group of one."""
    import h5py

    file = next((parent for parent in (path, *path.parents) if parent.suffix == SUFFIX), path)
    with h5py.File(file, "r", locking=False) as opened:
        yield opened if file == path else opened[path.relative_to(file).as_posix()]


class OnDisk:
    """A stored array that is read when it is asked for: row by row, or whole where an array is wanted."""

    def __init__(self, data: h5py.Dataset) -> None:
        self.path, self.name = Path(data.file.filename), data.name
        self.shape, self.dtype, self.nbytes = data.shape, data.dtype, int(data.size * data.dtype.itemsize)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: int | slice) -> np.ndarray:
        return np.asarray(_kept_open(self.path)[self.name][rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)


@lru_cache(maxsize=256)
def _kept_open(path: Path) -> h5py.File:
    import h5py

    return h5py.File(path, "r", locking=False)


def read_shards(
    paths: Sequence[Path],
    subjects: Collection[str] | None = None,
    arrays: Sequence[str] | None = None,
    in_memory: bool = True,
) -> Iterable[Record]:
    """Records of the shards in order, those of `subjects` only if given, with the arrays named (default all).

    in_memory: else arrays of at least one axis are `OnDisk`, in place of numpy's.
    """
    wanted = None if subjects is None else set(subjects)
    for path in paths:
        with _opened(path) as shard:
            for name, group in shard.items():
                if wanted is None or name in wanted:
                    chosen = {
                        key: data[()] if in_memory or not data.shape else OnDisk(data)
                        for key, data in group.items()
                        if arrays is None or key in arrays
                    }
                    yield Record(name, chosen, json.loads(group.attrs["meta"]))


def read_pairs(
    shards: Sequence[tuple[Path, Path]], subjects: Collection[str] | None = None
) -> Iterator[tuple[Record, Record]]:
    """Predictions, those of `subjects` only if given, each with the record that it was made from.

    shards: of predictions, each with that of records; where records are not stored (a manifest in place of a shard),
    they are empty.
    """
    for predictions, records in shards:
        for prediction in read_shards([predictions], subjects):
            stored = records.suffix == SUFFIX
            (record,) = read_shards([records], [prediction.subject]) if stored else (Record("", {}),)
            yield prediction, record
