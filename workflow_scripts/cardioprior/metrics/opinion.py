"""Opinion scores: what people think of images, from 1 (very poor) to 5 (excellent). Tables give their means (MOS)."""

from __future__ import annotations

RATERS = ("rater1", "rater2")
SCORES = ("1", "2", "3", "4", "5")
UNIT = "1-5"
NOT_RATED = "not rated"


def metric_of(rater: str) -> str:
    """The metric that a rater's scores are."""
    return f"mos_{rater}"
