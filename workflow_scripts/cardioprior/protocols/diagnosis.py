"""Whether cross-validated classifiers name a subject's group (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Iterator

from cardioprior.metrics.rows import MetricRow
from cardioprior.models.diagnosis import FEATURE_SETS
from cardioprior.protocols.contract import Case, ProtocolBase

#: what the shapes are of
SHAPE = "LV+MYO"
#: metrics: 1 where the most probable group is the true one, else 0; the part that tested a subject; a probability a
#: group
CORRECT, PART, PROBABILITY = "correct", "part", "probability"


class Protocol(ProtocolBase):
    """A row a draw of the parts and a feature set, whose name stands as the phase. Of equally probable groups the first
    by name is taken."""

    def score(self, case: Case) -> Iterator[MetricRow]:
        arrays = case.prediction.arrays
        classes = [name.decode() for name in arrays["classes"]]
        for draw, (part, of_draw) in enumerate(zip(arrays["part"], arrays["probabilities"], strict=True)):
            yield case.measured(PART, part, draw=str(draw))
            for phase, probabilities in zip(FEATURE_SETS, of_draw, strict=True):
                where = {"structure": SHAPE, "phase": phase, "draw": str(draw)}
                yield case.measured(CORRECT, classes[probabilities.argmax()] == case.row.group, **where)
                for name, probability in zip(classes, probabilities, strict=True):
                    yield case.measured(f"{PROBABILITY}_{name}", probability, **where)
