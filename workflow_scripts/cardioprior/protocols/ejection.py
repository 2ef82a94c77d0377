"""Clinical figures from a cine's ES and ED against those of the labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cardioprior.cohorts.contract import Phase, View
from cardioprior.imaging.labels import MYO, STRUCTURES
from cardioprior.metrics.clinical import ejection_fraction_percent, mass_g, stroke_volume_ml, volume_ml
from cardioprior.metrics.frames import cyclic_frame_difference
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case, ProtocolBase, inference_time

CAVITIES = ("LV", "RV")
PHASES: tuple[Phase, ...] = ("ES", "ED")


class Protocol(ProtocolBase):
    """EDV, ESV, stroke volume and EF of each cavity that was predicted and annotated at both phases, LV mass at ED, and
    by how many frames the phases were missed (round the cycle). The reference is always that of the annotated frames.
    """

    def score(self, case: Case) -> Iterator[MetricRow]:
        view = case.load().views["sax"]
        voxel_ml = view.image.voxel_volume_ml
        for cavity in CAVITIES:
            found = [_predicted_ml(case, cavity, phase, voxel_ml) for phase in PHASES]
            true = [_true_ml(view, cavity, phase, voxel_ml) for phase in PHASES]
            if not np.isnan([*found, *true]).any():
                yield from _volume_rows(case, cavity, found, true)
        labels, annotation = case.prediction.arrays.get("labels_ED"), view.annotation("ED")
        if labels is not None and annotation and "MYO" in annotation.structures:
            masses = [mass_g(array == MYO, voxel_ml) for array in (labels, annotation.labels)]
            yield case.measured("mass", masses[0], "g", reference=masses[1], structure="MYO", phase="ED")
        frames = len(view.image.data)
        for phase, frame in zip(PHASES, case.prediction.arrays["phases"], strict=True):
            annotation = view.annotation(phase)
            if annotation:
                missed = cyclic_frame_difference(int(frame), annotation.frame, frames)
                yield case.measured("cyclic_frame_difference", missed, "frames", phase=phase)
        yield inference_time(case)


def _volume_rows(case: Case, cavity: str, found: list[float], true: list[float]) -> Iterator[MetricRow]:
    for phase, value, reference in zip(PHASES, found, true, strict=True):
        yield case.measured("volume", value, "ml", reference=reference, structure=cavity, phase=phase)
    yield from function_rows(case, cavity, found, true)


def function_rows(case: Case, cavity: str, found: Sequence[float], true: Sequence[float]) -> Iterator[MetricRow]:
    """Stroke volume and EF of a cavity. found, true: its volumes in ml in the order of `PHASES`."""
    (esv, edv), (true_esv, true_edv) = found, true
    strokes = stroke_volume_ml(edv, esv), stroke_volume_ml(true_edv, true_esv)
    yield case.measured("stroke_volume", strokes[0], "ml", reference=strokes[1], structure=cavity)
    fractions = ejection_fraction_percent(edv, esv), ejection_fraction_percent(true_edv, true_esv)
    yield case.measured("ejection_fraction", fractions[0], "%", reference=fractions[1], structure=cavity)


def _predicted_ml(case: Case, cavity: str, phase: str, voxel_ml: float) -> float:
    """Volume of a predicted cavity; nan where the method does not give it."""
    arrays = case.prediction.arrays
    if f"labels_{phase}" in arrays:
        return volume_ml(arrays[f"labels_{phase}"] == STRUCTURES[cavity], voxel_ml)
    return float(arrays[f"volume_{phase}"]) if cavity == "LV" and f"volume_{phase}" in arrays else np.nan


def _true_ml(view: View, cavity: str, phase: Phase, voxel_ml: float) -> float:
    """Volume of an annotated cavity; nan where it was not annotated."""
    annotation = view.annotation(phase)
    if annotation is None or cavity not in annotation.structures:
        return np.nan
    return volume_ml(annotation.labels == STRUCTURES[cavity], voxel_ml)
