"""SSIM, PSNR and VIF of slices that were made or reconstructed, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cardioprior.imaging.geometry import middle
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.imaging.regions import REGIONS
from cardioprior.metrics.image_quality import psnr_db, ssim, ssim_of_public_code, vif, vif_of_public_code
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time

SYNTHESISED, RECONSTRUCTED = "synthesised", "reconstructed"
#: a kept slice that differs by no more than this was handed through
UNCHANGED = 1e-4
METRICS = {"ssim": (ssim, ""), "psnr": (psnr_db, "dB"), "vif": (vif, "")}
PUBLIC_CODE = {"ssim_public_code": (ssim_of_public_code, ""), "vif_public_code": (vif_of_public_code, "")}


class Protocol(ProtocolBase):
    """On the middle of the images; the structure is the slice's region where labels are known, the condition whether
    the slice was left out or kept. Kept slices that a method hands through unchanged have no rows."""

    def score(self, case: Case) -> Iterator[MetricRow]:
        crop = case.record.meta["crop"]
        for name in sorted(n for n in case.prediction.arrays if n.startswith("stack_")):
            frame = name.removeprefix("stack_")
            made = middle(case.prediction.arrays[name], crop).clip(0, 1)
            true = middle(case.record.arrays[f"reference_{frame}"], crop)
            regions = case.record.arrays.get(f"regions_{frame}", np.zeros(len(true), np.uint8))
            labels = case.record.arrays.get(f"labels_{frame}")
            for z, (image, reference) in enumerate(zip(made, true, strict=True)):
                left_out = z % 2 == 1
                if not left_out and np.allclose(image, reference, atol=UNCHANGED):
                    continue
                where = {
                    "condition": SYNTHESISED if left_out else RECONSTRUCTED,
                    "structure": REGIONS[regions[z]],
                    "phase": frame if frame in ("ED", "ES") else "",
                    "slice": str(z),
                }
                for metric, (function, unit) in {**METRICS, **PUBLIC_CODE}.items():
                    yield case.measured(metric, function(image, reference), unit, **where)
                if labels is not None:
                    yield from _errors_of_structures(case, np.abs(image - reference), middle(labels[z], crop), where)
        yield inference_time(case)


def _errors_of_structures(
    case: Case, error: np.ndarray, labels: np.ndarray, where: dict[str, str]
) -> Iterator[MetricRow]:
    """Mean absolute error within each cavity that the slice shows; grey values go from 0 to 1."""
    for structure in ("LV", "RV"):
        mask = labels == STRUCTURES[structure]
        if mask.any():
            yield case.measured("absolute_error", error[mask].mean(), **{**where, "structure": structure})
