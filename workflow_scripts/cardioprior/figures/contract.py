"""What a figure is: a picture of a study's results, drawn from metrics rows and from artefacts that it declares.

A file here exports `Figure` and is named after the paper's own numbering: figure 6.8 is thesis_figure_6_8.py and is
written as thesis_figure_6_8.png and .pdf.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from cardioprior.store import Record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Picture

#: what a figure may read beside metrics rows
LOGS, PREDICTIONS, MODELS = "logs", "predictions", "models"
#: a prediction and the record that it was made from
Pair = tuple[Record, Record]


@dataclass(frozen=True)
class Sources:
    """What a study's main split left behind.

    metrics: its rows. logs: training log by cohort and model id, columns as of training.loop.LogRow. predictions: of a
    cohort, a method's title and a condition, subject by subject. models: what a model's file holds, by cohort and model
    id. Logs, predictions and models are there for figures that declare them.
    """

    metrics: pd.DataFrame
    logs: Mapping[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    predictions: Callable[[str, str, str], Iterator[Pair]] = lambda cohort, method, condition: iter(())
    models: Mapping[tuple[str, str], Any] = field(default_factory=dict)


class FigureBase(ABC):
    """A picture of one study."""

    name: ClassVar[str]
    study: ClassVar[str]
    caption: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def draw(self, sources: Sources) -> Picture:
        """The picture; where there is nothing to show, it says so."""
