"""Whether labels can be a heart's: the LV in its wall, the RV beside it, volumes that people have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from cardioprior.cohorts.contract import Annotation, View
from cardioprior.errors import Finding, SubjectError
from cardioprior.imaging.labels import LV, MYO, RV, STRUCTURES
from cardioprior.metrics.clinical import volume_ml

#: ml at any phase; newborns and the largest dilated hearts are within
VOLUMES_ML = {"LV": (1.0, 700.0), "MYO": (5.0, 700.0), "RV": (1.0, 700.0)}
#: how much likelier another assignment of the labels must be: partial slices and gaps in the wall cost less
MARGIN = 0.15
#: views whose labels are of a whole heart, in which volumes mean something
WHOLE = ("sax", "hr", "lr", "us")


def check_labels(subject: str, view: View) -> list[Finding]:
    """Warnings about a view's labels.

    `label_size`: a volume that no heart has. `es_larger`: the LV is larger at ES than at ED. `same_frame`: ED and ES
    are one frame. Raises SubjectError `label_mapping` where the structures would fit a heart if their names were
    exchanged.
    """
    findings: list[Finding] = []
    for annotation in view.annotations:
        where = f"{subject}: {view.role} {annotation.phase or 'frame'} {view.frame_numbers[annotation.frame]}"
        _refuse_mapping(where, annotation)
        if view.role in WHOLE:
            findings += _size(where, annotation, view.image.voxel_volume_ml)
    return [*findings, *_order(subject, view)] if view.role in WHOLE else findings


def _refuse_mapping(where: str, annotation: Annotation) -> None:
    better = likelier_names(annotation)
    if better:
        exchanged = ", ".join(f"what is called {name} looks like {other}" for name, other in better.items())
        raise SubjectError(
            "label_mapping",
            f"{where}: {exchanged}; wanted the LV in its wall (MYO) and the RV beside it: the label values are mapped "
            "to the wrong structures",
        )


def likelier_names(annotation: Annotation) -> dict[str, str]:
    """For every structure that seems to be another one, which; empty where the names fit.

    Names fit best where the wall makes up most of the LV's border and little of the RV's, slice by slice in the plane.
    Without the wall there is nothing to tell by.
    """
    present = [name for name in annotation.structures if (annotation.labels == STRUCTURES[name]).any()]
    if "MYO" not in present or len(present) < 2:
        return {}
    borders = {name: _border(annotation.labels, STRUCTURES[name]) for name in present}

    def fit(names: Sequence[str]) -> float:
        """names: for each of `present`, what it is taken to be."""
        real = dict(zip(names, present, strict=True))
        if "MYO" not in real or "LV" not in real:
            return 0.0
        wall = STRUCTURES[real["MYO"]]
        around_rv = borders[real["RV"]][wall] if "RV" in real else 0.0
        return float(borders[real["LV"]][wall] - around_rv)

    best = max(permutations(present), key=fit)
    if fit(best) < fit(present) + MARGIN:
        return {}
    return {name: other for name, other in zip(present, best, strict=True) if name != other}


def _border(labels: np.ndarray, value: int) -> np.ndarray:
    """What lies beside a structure in its slices: the share of each label in the neighbours of its border's pixels."""
    neighbours = np.zeros(max(labels.max(), LV, MYO, RV) + 1)
    padded = np.pad(labels, ((0, 0), (1, 1), (1, 1)))
    here = padded == value
    for axis, step in ((1, 1), (1, -1), (2, 1), (2, -1)):
        beside = np.roll(padded, step, axis)[here]
        neighbours += np.bincount(beside[beside != value], minlength=len(neighbours))
    return neighbours / max(neighbours.sum(), 1)


def _size(where: str, annotation: Annotation, voxel_ml: float) -> list[Finding]:
    findings = []
    for name in annotation.structures:
        found_ml = volume_ml(annotation.labels == STRUCTURES[name], voxel_ml)
        low, high = VOLUMES_ML[name]
        if found_ml and not low <= found_ml <= high:
            sentence = f"{where}: {name} has {found_ml:.3g} ml; wanted {low:g} to {high:g}: spacing or labels are wrong"
            findings.append(Finding("warning", "label_size", sentence))
    return findings


def _order(subject: str, view: View) -> list[Finding]:
    ed, es = view.annotation("ED"), view.annotation("ES")
    if ed is None or es is None or not ("LV" in ed.structures and "LV" in es.structures):
        return []
    if ed.frame == es.frame:
        number = view.frame_numbers[ed.frame]
        sentence = f"{subject}: {view.role} frame {number} is called ED and ES; wanted two frames"
        return [Finding("warning", "same_frame", sentence)]
    volumes = [volume_ml(annotation.labels == LV, view.image.voxel_volume_ml) for annotation in (ed, es)]
    if volumes[1] <= volumes[0]:
        return []
    sentence = (
        f"{subject}: {view.role} the LV has {volumes[1]:.0f} ml at ES and {volumes[0]:.0f} ml at ED; wanted it smaller "
        "at ES: the frames may be exchanged"
    )
    return [Finding("warning", "es_larger", sentence)]
