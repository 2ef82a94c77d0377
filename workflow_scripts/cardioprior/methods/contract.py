"""What a method is: a printed row of a paper's table.

A file here exports `Method`. It names the models that it needs under a test condition (none for an interpolation) and
predicts subjects, a shard at a time.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.models.contract import ModelRef
from cardioprior.store import Record

if TYPE_CHECKING:
    import torch


class MethodBase(ABC):
    """A way to get from prepared data to a prediction.

    title: the name as the paper prints it.
    """

    title: ClassVar[str]

    @abstractmethod
    def models(self, study: str, cohort: str, fold: str, condition: str) -> tuple[ModelRef, ...]:
        """The trained artefacts needed under a test condition."""

    @abstractmethod
    def predict_one(self, record: Record, models: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
        """The arrays of one subject's prediction. models: what was loaded, by model id."""

    def predict(self, records: Sequence[Record], models: Mapping[str, Any], device: torch.device) -> list[Record]:
        """Predictions of a shard's subjects, with the seconds each took in `meta`.

        Methods that work on many subjects at once override this.
        """
        predictions = []
        for record in records:
            start = time.perf_counter()
            arrays = self.predict_one(record, models, device)
            predictions.append(Record(record.subject, arrays, {"seconds": time.perf_counter() - start}))
        return predictions
