"""From models' descriptions to metrics rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cardioprior import atomic
from cardioprior.metrics.rows import MetricRow


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
