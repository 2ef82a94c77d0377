"""Whether cross-validated classifiers name a subject's group (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case, ProtocolBase

#: what the shapes are of
SHAPE = "LV+MYO"
#: metrics: 1 where the most probable group is the true one, else 0; the part that tested a subject; a probability a
#: group
CORRECT, PART, PROBABILITY = "correct", "part", "probability"


class Protocol(ProtocolBase):
    """A row a draw of the parts and a feature set, whose name stands in `column`. Of equally probable groups the first
    by name is taken."""

    column: ClassVar[str] = "phase"
    structure: ClassVar[str] = SHAPE

    def score(self, case: Case) -> Iterator[MetricRow]:
        arrays = case.prediction.arrays
        classes, sets = ([name.decode() for name in arrays[names]] for names in ("classes", "sets"))
        for draw, (part, of_draw) in enumerate(zip(arrays["part"], arrays["probabilities"], strict=True)):
            yield case.measured(PART, part, draw=str(draw))
            for its_set, probabilities in zip(sets, of_draw, strict=True):
                where = {"structure": self.structure, self.column: its_set, "draw": str(draw)}
                yield case.measured(CORRECT, classes[probabilities.argmax()] == case.row.group, **where)
                for name, probability in zip(classes, probabilities, strict=True):
                    yield case.measured(f"{PROBABILITY}_{name}", probability, **where)
