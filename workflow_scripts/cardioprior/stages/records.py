"""The records that methods predict from: of a shard of prepared ones, or made now from canonical files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from cardioprior import atomic
from cardioprior.errors import SubjectError
from cardioprior.preparations.contract import PreparationBase
from cardioprior.store import Record, read_shards


def records(source: Path, subjects: Collection[str], preparation: PreparationBase) -> Iterator[Record | SubjectError]:
    """Records of some subjects, one at a time, in the order of their ids.

    source: a prepared or degraded shard; or the manifest of a canonical one, whose subjects `preparation` prepares as
    they are asked for, and one that it cannot prepare arrives as its error.
    """
    if source.suffix == ".h5":
        yield from read_shards([source], subjects)
        return
    from cardioprior.onboarding import canonical  # a quarter of a second that most jobs do not need

    wanted = {entry["subject"] for entry in atomic.read_json(source)["subjects"]} & set(subjects)
    for subject in sorted(wanted):
        try:
            yield preparation.prepare(canonical.read(source.parent, subject, preparation.roles))
        except SubjectError as error:
            print(error.sentence, flush=True)
            yield error
