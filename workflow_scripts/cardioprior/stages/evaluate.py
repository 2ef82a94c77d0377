"""From predictions to metrics rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from pathlib import Path

from cardioprior import registry
from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.metrics.rows import MetricRow, write_rows
from cardioprior.protocols.contract import Case, ProtocolBase
from cardioprior.store import read_pairs


def run(
    protocol: str, together: bool, row: MetricRow, methods: Mapping[str, Mapping[str, Sequence[tuple[Path, Path]]]],
    nifti: Path, groups: Mapping[str, str], out: Path,
) -> None:  # fmt: skip
    """Scores methods' predictions under their test conditions: each on its own, or all of a condition together.

    row: filled in with study, cohort and fold. methods: by title and condition shards of predictions, each with that
    of records, or with a manifest where records are not stored. nifti: folder of canonical files. groups: of every
    subject.
    """
    scorer: ProtocolBase = registry.entry("protocols", protocol)()

    def rows() -> Iterator[MetricRow]:
        for method, conditions in methods.items():
            for condition, shards in conditions.items():
                cases = partial(_cases, replace(row, method=method, condition=condition), shards, nifti, groups)
                yield from scorer.score_together(cases) if together else chain.from_iterable(map(scorer.score, cases()))

    write_rows(out, rows())


def _cases(
    row: MetricRow, shards: Sequence[tuple[Path, Path]], nifti: Path, groups: Mapping[str, str]
) -> Iterator[Case]:
    for prediction, record in read_pairs(shards):
        load = cache(partial(_loaded, nifti, prediction.subject))
        yield Case(prediction, record, load, replace(row, subject=prediction.subject, group=groups[prediction.subject]))


def _loaded(nifti: Path, subject: str) -> LoadedSubject:
    from cardioprior.onboarding import canonical  # nibabel, which protocols of prepared records alone need not pay

    return canonical.read(nifti, subject)
