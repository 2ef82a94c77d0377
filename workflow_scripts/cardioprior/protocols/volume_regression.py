"""Errors of regressed LV volumes and overlap of the masks behind them (thesis, section 6.3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cardioprior.imaging.labels import LV
from cardioprior.inference.cam import boxed_areas, cam_mask, dilated
from cardioprior.metrics.clinical import absolute_relative_error
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.networks.scanning_box import box_pixels
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time

STRUCTURE = "LV"
#: a slice sits at the cap where its predicted area is at least this share of the box
AT_CAP = 0.95


class Protocol(ProtocolBase):
    """Rows of the LV at ED and, where it was annotated, at ES.

    The reference volume is that of the labels on the subject's own grid, or the one that the data set states; then
    there is nothing but volumes to score. Dice is taken on the prepared grid, where the
    map lies and the dilation is defined, against the labels resampled to it, as in the thesis. Three rows
    say what the scanning module's box costs: the slices whose true area is larger, those of them whose prediction sits
    at the box's area, and the volume that the true mask loses when it is scanned, which a perfect map would lose too.
    """

    def score(self, case: Case) -> Iterator[MetricRow]:
        phases = [name.removeprefix("volume_") for name in case.prediction.arrays if name.startswith("volume_")]
        for phase in sorted(phases):
            if STRUCTURE in case.record.meta["structures"][phase]:
                yield from _volume_rows(case, phase)
                if f"labels_{phase}" in case.record.arrays:
                    yield from _overlap_rows(case, phase)
                    yield from _cap_rows(case, phase)
        row = inference_time(case)
        yield replace(row, value=row.value / len(phases))  # ED and ES are predicted in one go


def _volume_rows(case: Case, phase: str) -> Iterator[MetricRow]:
    where = {"structure": STRUCTURE, "phase": phase}
    predicted = float(case.prediction.arrays[f"volume_{phase}"])
    true = float(case.record.meta["volumes_ml"][phase][STRUCTURE])
    yield case.measured("volume", predicted, "ml", reference=true, **where)
    yield case.measured("volume_signed_error", predicted - true, "ml", **where)
    yield case.measured("volume_absolute_error", abs(predicted - true), "ml", **where)
    yield case.measured("volume_relative_error", 100 * absolute_relative_error(predicted, true), "%", **where)


def _overlap_rows(case: Case, phase: str) -> Iterator[MetricRow]:
    true = case.record.arrays[f"labels_{phase}"] == LV
    raw = cam_mask(case.prediction.arrays[f"cam_{phase}"])
    for metric, mask in (("dice_raw", raw), ("dice_dilated", dilated(raw, case.record.meta["pixel_mm"]))):
        where = {"structure": STRUCTURE, "phase": phase, "status": status_of(mask, true)}
        yield case.measured(metric, dice(mask, true), **where)


def _cap_rows(case: Case, phase: str) -> Iterator[MetricRow]:
    where = {"structure": STRUCTURE, "phase": phase}
    mask = case.record.arrays[f"labels_{phase}"] == LV
    pixel_mm, voxel_volume_ml = (case.record.meta[name] for name in ("pixel_mm", "voxel_volume_ml"))
    cap, true = box_pixels(pixel_mm) ** 2, np.count_nonzero(mask, axis=(1, 2))
    beyond = true > cap
    at_cap = beyond & (case.prediction.arrays[f"areas_{phase}"] >= AT_CAP * cap)
    for metric, slices in (("slices_beyond_cap", beyond), ("slices_at_cap", at_cap)):
        yield case.measured(metric, int(slices.sum()), "slices", **where)
    lost = (true - boxed_areas(mask, pixel_mm)).sum() * voxel_volume_ml
    yield case.measured("volume_lost_to_cap", lost, "ml", **where)
