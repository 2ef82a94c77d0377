"""What the thesis concludes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardioprior.claims.checks import (
    BOOTSTRAP,
    SHORT_DICE,
    correlation_above,
    fewer,
    larger,
    ordered,
    pairs,
    same,
    smaller,
)
from cardioprior.claims.contract import Claim, Part
from cardioprior.metrics.agreement import regression_line
from cardioprior.metrics.evidence import Evidence, resampled

if TYPE_CHECKING:
    import pandas as pd

SEGMENTATION, VOLUME, FRAMES = "thesis_segmentation", "thesis_volume", "thesis_frames"
PSPU, UNET, REGRESSION = "PSPU-net", "3D U-net", "regression U-net"
LOSSES = ("WDL", "WCE")
DICE = {"metric": "dice"}
#: frames that two picks may differ by in the mean and be called equal [guess]
EQUAL_FRAMES = 0.5


def _slope_below_one(rows: pd.DataFrame) -> Evidence | None:
    both = pairs(rows, method=REGRESSION, metric="volume", phase="ED", structure="LV").to_numpy()
    return resampled(lambda i: 1 - regression_line(*both[i].T).slope, len(both)) if len(both) else None


def _dilation(phase: str) -> Part:
    raw, dilated = ({"method": REGRESSION, "metric": f"dice_{kind}", "phase": phase} for kind in ("raw", "dilated"))
    return ordered(f"dilation raises the map's Dice, {phase}", raw, dilated)


def _frames(method: str, condition: str, phase: str) -> dict[str, str]:
    return {"metric": "frame_difference", "method": method, "condition": condition, "phase": phase}


def _under(what: str, low: dict[str, str], high: dict[str, str]) -> Part:
    return ordered(what, low, high, "frames", losses=True)


CLAIMS = (
    Claim(33, "PSPU-net at least equals 3D U-net in whole-segmentation Dice at ED, and beats it at ES (unseen phase).",
          SEGMENTATION,
          (larger(PSPU, UNET, "dice", "", -SHORT_DICE, structure="whole", phase="ED"),
           larger(PSPU, UNET, "dice", structure="whole", phase="ES"))),
    Claim(34, "PSPU-net has smaller volume errors at ES; fewer parameters; less time per case.", SEGMENTATION,
          (*(smaller(PSPU, UNET, "relative_volume_error", structure=s, phase="ES") for s in ("LV", "RV")),
           fewer(PSPU, UNET, "trainable_parameters"), smaller(PSPU, UNET, "inference_time", "s"))),
    Claim(35, "ED beats ES, and LV beats RV, for both networks.", SEGMENTATION,
          tuple(part for m in (PSPU, UNET) for part in (
              ordered(f"{m}: Dice at ED over ES", {"method": m, **DICE, "structure": "whole", "phase": "ES"},
                      {"method": m, **DICE, "structure": "whole", "phase": "ED"}),
              ordered(f"{m}: Dice of LV over RV", {"method": m, **DICE, "structure": "RV"},
                      {"method": m, **DICE, "structure": "LV"})))),
    Claim(36, "Volume regression without labels: correlation over .9, slope under 1 (underestimation grows with "
              "volume); dilation raises the CAM's Dice.", VOLUME,
          (correlation_above(0.9, method=REGRESSION, metric="volume", phase="ED", structure="LV"),
           Part("slope of predicted over true volumes under 1, ED", BOOTSTRAP, _slope_below_one), _dilation("ED"))),
    Claim(37, "Weighted Dice loss beats weighted cross-entropy in ES frame error; the central pick beats the naive "
              "one at ES for both losses and equals it at ED; ED errors are smaller than ES errors (against a "
              "constant-guess baseline and under random cyclic delays too).", FRAMES,
          (_under("WDL under WCE: ES frame error", _frames("WDL", "gated, central", "ES"),
                  _frames("WCE", "gated, central", "ES")),
           *(_under(f"{m}: central pick under naive, ES", _frames(m, "gated, central", "ES"),
                    _frames(m, "gated, naive", "ES")) for m in LOSSES),
           *(same(f"{m}: central pick within {EQUAL_FRAMES:g} frames of naive, ED",
                  _frames(m, "gated, naive", "ED"), _frames(m, "gated, central", "ED"), EQUAL_FRAMES, "frames")
             for m in LOSSES),
           *(_under(f"WDL: ED errors under ES errors, {c}", _frames("WDL", f"{c}, central", "ED"),
                    _frames("WDL", f"{c}, central", "ES")) for c in ("gated", "delayed")),
           *(_under(f"WDL under a constant guess, {phase}, delayed", _frames("WDL", "delayed, central", phase),
                    _frames("Constant guess", "delayed, central", phase)) for phase in ("ED", "ES")))),
)  # fmt: skip
