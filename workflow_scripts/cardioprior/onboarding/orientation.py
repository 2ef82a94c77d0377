"""Whether the heart lies in the patient as hearts do: its apex to the left and in front, the RV to the right of the LV.

An image whose rows, columns or slices were reversed while its affine stayed looks sound and is mirrored. Labels show it
where the affine is the patient's and what was reversed moves the RV or the apex by more than a right angle. So one of
rows and columns is found and seldom the other: a heart looks the same reflected about the line from LV to RV. An affine
that was never set (slices then lie along an axis of the body, which no short axis does) says nothing.
"""

from __future__ import annotations

import numpy as np

from cardioprior.cohorts.contract import Annotation, View
from cardioprior.errors import Finding
from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.imaging.short_axis_cine import axis_along

ROLES = ("sax", "hr", "lr")
#: LPS, unit vectors: where the apex lies of the base, and the RV of the LV. Two hearts with a patient's affine at hand
#: lie within 12 degrees of both; in ACDC's pictures (of unknown directions) the RV lies within 62 degrees of one
TO_APEX = np.array([1.0, -1.0, -1.0]) / np.sqrt(3)
TO_RV = np.array([-1.0, -1.0, 0.0]) / np.sqrt(2)
#: by how much, relative to the wider one, one third of the LV's slices must be wider than the other for it to be the
#: base: 158 of 160 frames of ACDC reach it, all with the base where it is
TAPER = 0.25
_MIN_SLICES = 4
_WORDS = (("left of", "right of"), ("behind", "in front of"), ("above", "below"))


def check_orientation(subject: str, view: View) -> list[Finding]:
    """The warning `mirrored` where the apex or the RV lies on a side of the patient where it cannot be."""
    affine = view.image.affine
    normal = np.cross(affine[:3, 0], affine[:3, 1])
    if view.role not in ROLES or not view.annotations or axis_along(normal / np.linalg.norm(normal)) is not None:
        return []
    annotation = view.annotation("ED") or view.annotations[0]
    wrong = []
    for what, found, wanted in (
        ("apex {} the base", base_to_apex(annotation, affine), TO_APEX),
        ("RV {} the LV", lv_to_rv(annotation, affine), TO_RV),
    ):
        if found is not None and found @ wanted < 0:
            wrong.append(f"the {what.format(_side(found))} (wanted: {_side(wanted)})")
    if not wrong:
        return []
    sentence = (
        f"{subject}: {view.role}: by the image's directions {' and '.join(wrong)}: rows, columns or slices may be "
        "stored in reverse, or the heart lies on the right"
    )
    return [Finding("warning", "mirrored", sentence)]


def base_to_apex(annotation: Annotation, affine: np.ndarray) -> np.ndarray | None:
    """Unit vector (LPS) along the slices towards those in which the LV and its wall are small; None if unclear."""
    areas = np.isin(annotation.labels, (LV, MYO)).sum(axis=(1, 2))
    held = np.flatnonzero(areas)
    if "LV" not in annotation.structures or len(held) < _MIN_SLICES:
        return None
    areas = areas[held[0] : held[-1] + 1]
    third = len(areas) // 3 or 1
    first, last = areas[:third].mean(), areas[-third:].mean()
    if abs(last - first) < TAPER * max(first, last):
        return None
    step = affine[:3, 2] / np.linalg.norm(affine[:3, 2])
    towards: np.ndarray = step if last < first else -step
    return towards


def lv_to_rv(annotation: Annotation, affine: np.ndarray) -> np.ndarray | None:
    """Unit vector (LPS) from the middle of the LV and its wall to that of the RV, in the plane of the slices that hold
    both; None if there are none."""
    left, right = np.isin(annotation.labels, (LV, MYO)), annotation.labels == RV
    both = left.any(axis=(1, 2)) & right.any(axis=(1, 2))
    if not both.any():
        return None
    middles = [np.argwhere(mask[both])[:, :0:-1].mean(axis=0) for mask in (left, right)]  # x, y
    towards: np.ndarray = affine[:3, :2] @ (middles[1] - middles[0])
    length = np.linalg.norm(towards)
    return towards / length if length > 0 else None


def _side(towards: np.ndarray) -> str:
    """A direction (LPS) in words, its smaller parts left out."""
    words = [pair[int(part < 0)] for pair, part in zip(_WORDS, towards, strict=True) if abs(part) > 0.3]
    return "lies " + " and ".join(words)
