"""Frame errors of ES and ED detection, for both picks of the thesis, chapter 7."""

from __future__ import annotations

from collections.abc import Iterator

from cardioprior.inference.picks import PICKS
from cardioprior.metrics.frames import cyclic_frame_difference, frame_difference, relative_frame_difference
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time


class Protocol(ProtocolBase):
    """Distances do not wrap round the cycle; a wrapped one stands beside them under its own name.

    The rows' condition is the test condition and the pick: `gated, naive`.
    """

    def score(self, case: Case) -> Iterator[MetricRow]:
        probabilities = case.prediction.arrays["probabilities"]
        frames = probabilities.shape[1]
        for row, phase in enumerate(("ES", "ED")):
            true = int(case.record.arrays["phases"][row])
            for pick, choose in PICKS.items():
                predicted = choose(probabilities[row])
                where = {"phase": phase, "condition": f"{case.row.condition}, {pick}"}
                yield case.measured("frame", predicted, "frame", reference=float(true), **where)
                yield case.measured("frame_difference", frame_difference(predicted, true), "frames", **where)
                relative = relative_frame_difference(predicted, true, frames)
                yield case.measured("relative_frame_difference", relative, **where)
                wrapped = cyclic_frame_difference(predicted, true, frames)
                yield case.measured("cyclic_frame_difference", wrapped, "frames", **where)
        yield inference_time(case)
