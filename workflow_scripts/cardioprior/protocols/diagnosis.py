"""Whether cross-validated classifiers name a subject's group (ACNN, section III-F)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case, ProtocolBase

#: what the shapes are of
SHAPE = "LV+MYO"
#: metrics: 1 where the most probable group is the true one, else 0; the part that tested a subject; a probability a
#: group
CORRECT, PART, PROBABILITY, NORMALITY = "correct", "part", "probability", "normality_p"
#: of which normality can be tested
FEWEST = 20


class Protocol(ProtocolBase):
    """A row a draw of the parts and a feature set, whose name stands in `column`. Of equally probable groups the first
    by name is taken."""

    together: ClassVar[tuple[str, ...]] = ("clean",)
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

    def score_together(self, cases: Callable[[], Iterator[Case]]) -> Iterator[MetricRow]:
        """Of every code D'Agostino and Pearson's p that it is normally distributed over all shapes; the code's number
        stands as the draw, the number of shapes as the reference. Methods that keep no codes have no such rows."""
        codes, about = [], None
        for case in cases():
            if "codes" in case.prediction.arrays:
                codes += list(case.prediction.arrays["codes"])
                about = case
        if about is None or len(codes) < FEWEST:
            return
        from scipy.stats import normaltest

        for number, values in enumerate(np.stack(codes).T):
            if np.ptp(values) > 0:
                row = {"draw": str(number), "subject": "", "group": "", "structure": self.structure}
                yield about.measured(NORMALITY, normaltest(values).pvalue, reference=float(len(codes)), **row)
