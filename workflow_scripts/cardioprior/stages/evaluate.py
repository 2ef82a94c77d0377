"""From predictions to metrics rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from cardioprior import atomic, registry
from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.metrics.rows import MetricRow, write_rows
from cardioprior.protocols.contract import Case, ProtocolBase
from cardioprior.store import Record, read_shards


def run(
    protocol: str, row: MetricRow, predictions: Path, records: Path, nifti: Path, groups: Mapping[str, str], out: Path
) -> None:
    """Scores the predictions of a shard.

    row: filled in with study, cohort, method, condition and fold. records: the shard predicted from; a manifest where
    records are not stored. nifti: folder of canonical files. groups: of every subject.
    """
    scorer: ProtocolBase = registry.entry("protocols", protocol)()
    write_rows(out, _rows(scorer, row, predictions, records, nifti, groups))


def _rows(
    scorer: ProtocolBase, row: MetricRow, predictions: Path, records: Path, nifti: Path, groups: Mapping[str, str]
) -> Iterator[MetricRow]:
    for prediction in read_shards([predictions]):
        (record,) = read_shards([records], [prediction.subject]) if records.suffix == ".h5" else (Record("", {}),)
        load = cache(partial(_canonical, nifti, prediction.subject))
        its_row = replace(row, subject=prediction.subject, group=groups[prediction.subject])
        yield from scorer.score(Case(prediction, record, load, its_row))


def _canonical(folder: Path, subject: str) -> LoadedSubject:
    from cardioprior.onboarding import canonical  # a quarter of a second that many protocols do not need

    return canonical.read(folder, subject)


def model_rows(row: MetricRow, descriptions: Sequence[Path]) -> list[MetricRow]:
    """Parameters, size and training time of a method, summed over the models it uses.

    Parameters are counted as the papers do, without those of batch normalisation. descriptions: the models' JSON
    files. A method without networks has no such rows.
    """
    networks = [about for about in map(atomic.read_json, descriptions) if about["parameters"]]
    if not networks:
        return []
    parameters = sum(sum(about["parameters_without_batch_norm"].values()) for about in networks)
    size = sum(sum(about["size_mb"].values()) for about in networks)
    hours = sum(about["training_seconds"] for about in networks) / 3600
    return [
        replace(row, metric="trainable_parameters", unit="count", value=float(parameters)),
        replace(row, metric="model_size", unit="MB", value=size),
        replace(row, metric="training_time", unit="h", value=hours),
    ]
