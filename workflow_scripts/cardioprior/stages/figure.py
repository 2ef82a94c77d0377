"""From metrics rows and declared artefacts to a figure's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cardioprior import atomic, registry
from cardioprior.figures.contract import FigureBase, Pair, Sources
from cardioprior.metrics.rows import read_rows
from cardioprior.store import read_pairs

DOTS_PER_INCH = 120


def run(
    name: str, metrics: Sequence[Path], main_fold: str, logs: Mapping[tuple[str, str], Path],
    predictions: Callable[[str, str, str], Sequence[tuple[Path, Path]]], models: Mapping[tuple[str, str], Path],
    out: Sequence[Path],
) -> None:  # fmt: skip
    """Draws a figure and writes it once a path of `out`, by its suffix.

    logs: training logs by cohort and model id. predictions: of a cohort, a method's title and a condition, each shard
    of predictions with the shard of records that it was made from. models: files by cohort and model id.
    """
    import pandas as pd

    figure: FigureBase = registry.entry("figures", name)()
    rows = read_rows(metrics)
    read = {names: pd.read_csv(path) for names, path in logs.items()}

    def pairs(cohort: str, method: str, condition: str) -> Iterator[Pair]:
        return read_pairs(predictions(cohort, method, condition))

    loaded = {names: _loaded(path) for names, path in models.items()}
    picture = figure.draw(Sources(rows[rows["fold"] == main_fold], read, pairs, loaded))
    for path in out:
        with atomic.replacing(path) as temporary:
            picture.savefig(temporary, dpi=DOTS_PER_INCH, format=path.suffix[1:], metadata=_undated(path))
        picture.set_layout_engine("none")  # laid out once: of many panels that is half of the work


def _loaded(path: Path) -> Any:
    from cardioprior.inference.stored import device_of, load

    return load(path, device_of("cpu"))


def _undated(path: Path) -> dict[str, None]:
    """So that the same figure is the same file: a PDF says when it was made otherwise."""
    return {"CreationDate": None} if path.suffix == ".pdf" else {}
