"""From canonical subjects to a shard of prepared arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cardioprior import registry
from cardioprior.errors import SubjectError
from cardioprior.onboarding import canonical
from cardioprior.preparations.contract import PreparationBase
from cardioprior.store import Record, write_shard


def run(
    preparation: str, settings: Any, subjects: Sequence[Mapping[str, str]], shard: int, nifti: Path, out: Path
) -> None:
    """Prepares the usable subjects of a shard. subjects: rows of subjects.tsv; nifti: folder of canonical files."""
    preparer: PreparationBase = registry.entry("preparations", preparation)(settings)
    chosen = [
        row["subject"]
        for row in subjects
        if int(row["shard"]) == shard and row["status"] != "excluded" and not preparer.lacks(row)
    ]
    write_shard(out, _prepared(preparer, chosen, nifti))


def _prepared(preparer: PreparationBase, subjects: Sequence[str], nifti: Path) -> Iterator[Record | SubjectError]:
    for subject in subjects:
        try:
            yield preparer.prepare(canonical.read(nifti, subject, preparer.roles))
        except SubjectError as error:
            print(error.sentence, flush=True)
            yield error
