"""What a protocol is: how a study scores predictions, as metrics rows.

A file here exports `Protocol`. It sees one subject at a time; summaries over subjects are the tables' business. What
can only be told of many predictions at once (a shape that is their mean, how codes cluster) is scored of all subjects
together, besides, under the conditions that `together` names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.metrics.rows import MetricRow
from cardioprior.store import Record

#: in a structure's place: the mean over all of them
MEAN = "MEAN"


@dataclass(frozen=True)
class Case:
    """A test subject: its prediction, the record predicted from (empty where the preparation is not stored), its
    canonical images on demand, and a metrics row filled in with all that does not depend on the figure (study, method,
    subject...)."""

    prediction: Record
    record: Record
    load: Callable[[], LoadedSubject]
    row: MetricRow

    def measured(self, metric: str, value: float, unit: str = "", **columns: object) -> MetricRow:
        """A row of this case."""
        return replace(self.row, metric=metric, value=float(value), unit=unit, **columns)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Shown:
    """What people look at of a case: a frame (z, y, x), its labels as predicted and as they are, on one grid.

    frame: its name. variant: what else sets a prediction of the frame apart, "" where nothing does. structures: those
    that were annotated in it.
    """

    frame: str
    variant: str
    image: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    structures: Sequence[str]
    spacing_yx_mm: tuple[float, float]


class ProtocolBase(ABC):
    """Scores one study's predictions.

    together: test conditions whose predictions are scored together, too. browsed: the condition whose predictions the
    report shows slice by slice, "" for none; its rows have Dice.
    """

    together: ClassVar[tuple[str, ...]] = ()
    browsed: ClassVar[str] = ""

    @abstractmethod
    def score(self, case: Case) -> Iterator[MetricRow]:
        """The rows of one subject."""

    def score_together(self, cases: Callable[[], Iterator[Case]]) -> Iterator[MetricRow]:
        """Rows of all subjects of a method and condition. cases: gives them from the first on, as often as it is
        called, so that they need not be held at once."""
        raise NotImplementedError

    def shown(self, case: Case) -> Iterator[Shown]:
        """What is to be looked at of a subject under the condition `browsed`."""
        raise NotImplementedError


def inference_time(case: Case) -> MetricRow:
    """Seconds that the method took for this subject, from prepared arrays to its prediction."""
    return case.measured("inference_time", case.prediction.meta["seconds"], "s")
