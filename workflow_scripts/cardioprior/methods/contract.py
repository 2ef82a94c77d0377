"""What a method is: a printed row of a paper's table.

A file here exports `Method`. It names the models that it needs under a test condition (none for an interpolation) and
predicts subjects, a shard at a time.
"""

from __future__ import annotations

import statistics
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.errors import SubjectError
from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class MethodBase(ABC):
    """A way to get from prepared data to a prediction.

    title: the name as the paper prints it, one of its kind in a study. conditions: the study's test conditions that it
    is tested under; None for all.
    timed_runs: of a subject, whose median is its time; before several of them a shard's first subject is predicted once
    for nothing, as a first run is slow.
    """

    title: ClassVar[str]
    conditions: ClassVar[tuple[str, ...] | None] = None
    timed_runs: ClassVar[int] = 1

    @abstractmethod
    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        """The trained artefacts needed under a test condition."""

    @abstractmethod
    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        """The arrays of one subject's prediction. models: inference.stored.Stored by model id. Raises SubjectError
        where the subject does not allow one."""

    def predict(
        self, records: Iterable[Record | SubjectError], models: Mapping[str, Any], device: torch.device
    ) -> Iterator[Record | SubjectError]:
        """Predictions of a shard's subjects, one at a time, with the seconds each took in `meta`; a subject that could
        not be prepared, or that the method cannot do, stays the error that it is.

        Methods that work on many subjects at once override this.
        """
        warm = self.timed_runs == 1
        for record in records:
            if isinstance(record, SubjectError):
                yield record
                continue
            try:
                if not warm:
                    self.predict_one(record, models, device)
                    warm = True
                seconds = []
                for _ in range(self.timed_runs):
                    start = time.perf_counter()
                    arrays = self.predict_one(record, models, device)
                    seconds.append(time.perf_counter() - start)
            except SubjectError as error:
                print(error.sentence, flush=True)
                yield error
                continue
            yield Record(record.subject, arrays, {"seconds": statistics.median(seconds)})
