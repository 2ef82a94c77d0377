"""SSIM of made images against high-resolution ones, on the grid of thin slices (ACNN, table III)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cardioprior.imaging.intensity import least_squares_match
from cardioprior.metrics.image_quality import ssim
from cardioprior.metrics.rows import MetricRow
from cardioprior.preparations.paired_stacks import acquired
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time
from cardioprior.store import Record

NOTHING = "the two images have no slice in common"


class Protocol(ProtocolBase):
    """At ED; the mean over thin slices of the stack's own thick ones that the high-resolution image shows.

    `ssim`: both images as they were normalised, each from its own smallest to its own largest value. `ssim_matched`:
    after the linear map of intensities that brings the made image nearest to the true one.
    """

    def score(self, case: Case) -> Iterator[MetricRow]:
        shown = scored_slices(case.record)
        made, true = case.prediction.arrays["upsampled"][shown], case.record.arrays["image_hr"][shown]
        where = {"phase": "ED", "status": "ok" if shown.any() else NOTHING}
        matched = least_squares_match(made, true) if shown.any() else made
        for metric, image in (("ssim", made), ("ssim_matched", matched)):
            values = [ssim(one, other) for one, other in zip(image.clip(0, 1), true, strict=True)]
            yield case.measured(metric, float(np.mean(values)) if values else math.nan, **where)
        yield inference_time(case)


def scored_slices(record: Record) -> np.ndarray:
    """Which thin slices, bool, both the subject's own stack and its high-resolution image show."""
    image, own = record.arrays["image_hr"], acquired(record)
    found: np.ndarray = own.repeat(len(image) // len(own)) & image.any(axis=(1, 2))
    return found
