"""What slice interpolation by an autoencoder concludes."""

from __future__ import annotations

from cardioprior.claims.checks import alike, larger, ordered
from cardioprior.claims.contract import Claim

STUDY = "slice_interpolation"
MADE = {"condition": "synthesised"}
AE, OTHERS = "AE", ("Linear", "B-Spline", "Lanczos")
SSIM, ERROR = ({"method": AE, "metric": metric, **MADE} for metric in ("ssim", "absolute_error"))

CLAIMS = (
    Claim(30, "AE over linear, B-spline, Lanczos in SSIM and in PSNR on dropped slices.", STUDY,
          tuple(larger(AE, m, metric, unit, **MADE)
                for metric, unit in (("ssim", ""), ("psnr", "dB")) for m in OTHERS)),
    Claim(31, "VIF does not differ (equivalence within .02).", STUDY,
          tuple(alike(AE, m, "vif", 0.02, **MADE) for m in OTHERS)),
    Claim(32, "Errors are larger at base and apex than in mid-cavity, and for RV than for LV.", STUDY,
          (*(ordered(f"AE: SSIM lower at the {region} slices than in mid-cavity",
                     {**SSIM, "structure": region}, {**SSIM, "structure": "mid"})
             for region in ("basal", "apical")),
           ordered("AE: absolute error larger in the RV than in the LV",
                   {**ERROR, "structure": "LV"}, {**ERROR, "structure": "RV"}))),
)  # fmt: skip
