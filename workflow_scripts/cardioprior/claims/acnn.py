"""What ACNN concludes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cardioprior.claims.checks import (
    BOOTSTRAP,
    agreement,
    alike,
    by_subject,
    chosen,
    larger,
    narrowness,
    pearson,
    smaller,
)
from cardioprior.claims.contract import Claim, Part
from cardioprior.metrics.evidence import Evidence, folds_above, plain, resampled
from cardioprior.metrics.paired import signed_rank_p

if TYPE_CHECKING:
    import pandas as pd

SEGMENTATION, ULTRASOUND, IMAGES, CODES = (
    "acnn_segmentation", "acnn_ultrasound", "acnn_superresolution", "acnn_pathology",
)  # fmt: skip
AS_ACQUIRED = {"condition": "as-acquired"}
STRUCTURES = ("LV", "MYO")
OURS = "ACNN-Seg"
SEVEN = ("2D-FCN", "3D-Seg", "3D-UNet", "AE-Seg", "3D-Seg-MAug", "AE-Seg-M", OURS)
DICE, SURFACE, HAUSDORFF = "dice", "mean_surface_distance", "hausdorff_distance"
INTERPOLATIONS = ("Linear", "B-Spline")
#: what near .05 is taken to be [guess]
NEAR = (0.01, 0.1)
#: the share of codes that may be called near normal [guess]; of normal codes .95 pass
NEAR_NORMAL = 0.9


def _each(build, *arguments, structures=STRUCTURES, **columns) -> tuple[Part, ...]:  # type: ignore[no-untyped-def]
    return tuple(build(*arguments, structure=structure, **columns) for structure in structures)


def _speed(times: float) -> Part:
    def check(rows: pd.DataFrame) -> Evidence | None:
        fast, slow = (by_subject(rows, method=m, metric="inference_time", **AS_ACQUIRED) for m in ("ACNN-SR", "SR-CNN"))
        both = fast.index.intersection(slow.index)
        a, b = fast[both].to_numpy(), slow[both].to_numpy()
        return resampled(lambda i: np.median(b[i]) / np.median(a[i]) - times, len(both)) if len(both) else None

    return Part(f"SR-CNN's seconds a case over ACNN-SR's, more than {times:g}", BOOTSTRAP, check)


def _marginal(rows: pd.DataFrame) -> Evidence | None:
    found = [by_subject(rows, method=m, metric=DICE, structure="LV") for m in (OURS, "FCN")]
    if not all(map(len, found)):
        return None
    both = found[0].index.intersection(found[1].index)
    p_value = signed_rank_p(found[0][both].to_numpy(), found[1][both].to_numpy())
    return plain(min(p_value - NEAR[0], NEAR[1] - p_value), len(both))


def _accuracy(what: str, better: tuple[str, str], worse: tuple[str, str]) -> Part:
    """better, worse: method and what the trees saw."""

    def check(rows: pd.DataFrame) -> Evidence | None:
        by_fold = [_by_fold(rows, *which) for which in (better, worse)]
        both = by_fold[0].index.intersection(by_fold[1].index)
        if not len(both):
            return None
        parts = both.get_level_values("part").nunique()
        subjects = chosen(rows, method=better[0], metric="part")["subject"].nunique()
        return folds_above((by_fold[0][both] - by_fold[1][both]).to_numpy(), parts, subjects)

    return Part(what, "corrected resampled t-test over repeated folds", check)


def _by_fold(rows: pd.DataFrame, method: str, phase: str) -> pd.Series:
    """Accuracy by draw and part."""
    keys = ["subject", "draw"]
    part = chosen(rows, method=method, metric="part").set_index(keys)["value"].rename("part")
    correct = chosen(rows, method=method, metric="correct", phase=phase).set_index(keys)["value"]
    return correct.to_frame().join(part).reset_index().groupby(["draw", "part"])["value"].mean()


def _normal(rows: pd.DataFrame) -> Evidence | None:
    p_values = chosen(rows, method="T-L", metric="normality_p")
    if not len(p_values):
        return None
    share = float((p_values["value"] >= 0.05).mean())
    return plain(share - NEAR_NORMAL, int(p_values["reference"].max()))


CLAIMS = (
    Claim(1, "ACNN-Seg has a higher Dice than 3D-Seg-MAug, LV and MYO.", SEGMENTATION,
          _each(larger, OURS, "3D-Seg-MAug", DICE, **AS_ACQUIRED)),
    Claim(2, "ACNN-Seg has a lower mean surface distance than every other method, LV and MYO.", SEGMENTATION,
          tuple(p for m in SEVEN[:-1] for p in _each(smaller, OURS, m, SURFACE, "mm", **AS_ACQUIRED))),
    Claim(3, "2D-FCN has the lowest Dice of the seven, LV and MYO.", SEGMENTATION,
          tuple(p for m in SEVEN[1:] for p in _each(larger, m, "2D-FCN", DICE, **AS_ACQUIRED))),
    Claim(4, "Methods with a shape prior (AE-Seg-M, ACNN-Seg) have lower Hausdorff distances than 3D-Seg and 3D-UNet.",
          SEGMENTATION,
          tuple(p for ours in ("AE-Seg-M", OURS) for m in ("3D-Seg", "3D-UNet")
                for p in _each(smaller, ours, m, HAUSDORFF, "mm", **AS_ACQUIRED))),
    Claim(5, "AE-Seg-M and ACNN-Seg do not differ in Hausdorff distance by more than .6 mm.", SEGMENTATION,
          _each(alike, "AE-Seg-M", OURS, HAUSDORFF, 0.6, "mm", **AS_ACQUIRED)),
    Claim(6, "AE-Seg-M is better than AE-Seg (capacity), Dice of MYO.", SEGMENTATION,
          (larger("AE-Seg-M", "AE-Seg", DICE, structure="MYO", **AS_ACQUIRED),)),
    Claim(7, "Motion augmentation helps: 3D-Seg-MAug over 3D-Seg in Dice.", SEGMENTATION,
          _each(larger, "3D-Seg-MAug", "3D-Seg", DICE, **AS_ACQUIRED)),
    Claim(8, "The T-L decoder alone has a lower Dice than every segmentation network.", SEGMENTATION,
          tuple(p for m in SEVEN for p in _each(larger, m, "T-L decoder only", DICE, **AS_ACQUIRED))),
    Claim(9, "Ultrasound: ACNN-Seg has lower Hausdorff distances than FCN at ED and ES; networks beat BEAS in Dice at "
          "ED.", ULTRASOUND,
          (*(smaller(OURS, "FCN", HAUSDORFF, "mm", structure="LV", phase=phase) for phase in ("ED", "ES")),
           *(larger(m, "BEAS", DICE, structure="LV", phase="ED") for m in ("FCN", OURS)))),
    Claim(10, "Ultrasound: ACNN-Seg has the highest EF correlation and the narrowest limits of agreement.", ULTRASOUND,
          tuple(agreement(f"{what}: {OURS} against {m}", OURS, m, statistic, unit, metric="ejection_fraction")
                for m in ("FCN", "BEAS")
                for what, statistic, unit in (("correlation of EF", pearson, ""),
                                              ("limits of agreement of EF", narrowness, "points")))),
    Claim(11, "Ultrasound: the Dice gain of ACNN-Seg over FCN is marginal (p near .05).", ULTRASOUND,
          (Part(f"p of ACNN-Seg against FCN from {NEAR[0]:g} to {NEAR[1]:g}",
                "Wilcoxon signed-rank, two-sided; its p itself", _marginal),)),
    Claim(12, "3D-Seg directly beats SR followed by U-Net.", SEGMENTATION,
          _each(larger, "3D-Seg", "SR followed by U-Net", DICE, **AS_ACQUIRED)),
    Claim(13, "SR: ACNN-SR has a higher SSIM than 3D-UNet, SR-CNN, B-spline, linear; networks beat interpolation.",
    IMAGES,
          (*(larger("ACNN-SR", m, "ssim", **AS_ACQUIRED) for m in ("3D-UNet", "SR-CNN", *INTERPOLATIONS)),
           *(larger(net, m, "ssim", **AS_ACQUIRED) for net in ("3D-UNet", "SR-CNN") for m in INTERPOLATIONS))),
    Claim(14, "SR: ACNN-SR is at least 4 times faster than SR-CNN on the same device.", IMAGES, (_speed(4),)),
    Claim(15, "T-L codes classify better than PCA codes at ED and at ED+ES; ES adds accuracy to both.", CODES,
          (*(_accuracy(f"T-L over PCA: accuracy, {phase}", ("T-L", phase), ("PCA", phase))
             for phase in ("ED", "ED+ES")),
           *(_accuracy(f"{m}: accuracy at ED+ES over ED", (m, "ED+ES"), (m, "ED")) for m in ("T-L", "PCA")))),
    Claim(16, "Codes are unimodal, near normal.", CODES,
          (Part(f"share of codes not rejected, over {NEAR_NORMAL:g}", "D'Agostino-Pearson a code, at .05", _normal),)),
)  # fmt: skip
