"""What a subject's labels measure, for a first look at a data set."""

from __future__ import annotations

import math
from typing import Any

from cardioprior.cohorts.contract import Phase, View
from cardioprior.imaging.labels import STRUCTURES
from cardioprior.metrics.clinical import ejection_fraction_percent, mass_g, volume_ml


def measure(view: View) -> dict[str, Any]:
    """Columns accounts.VOLUMES of a view, None where the structure was not annotated in that frame; nothing of a long
    axis, which is one plane."""
    if view.role == "la4ch":
        return {}
    found = {
        "lv_ed_ml": _volume(view, "ED", "LV"),
        "lv_es_ml": _volume(view, "ES", "LV"),
        "rv_ed_ml": _volume(view, "ED", "RV"),
        "rv_es_ml": _volume(view, "ES", "RV"),
    }
    if found["lv_ed_ml"] is not None and found["lv_es_ml"] is not None:
        percent = ejection_fraction_percent(found["lv_ed_ml"], found["lv_es_ml"])
        found["lv_ef_percent"] = None if math.isnan(percent) else percent
    ed = view.annotation("ED")
    if ed is not None and "MYO" in ed.structures:
        found["lv_mass_g"] = mass_g(ed.labels == STRUCTURES["MYO"], view.image.voxel_volume_ml)
    return {name: None if value is None else round(value, 2) for name, value in found.items()}


def _volume(view: View, phase: Phase, structure: str) -> float | None:
    annotation = view.annotation(phase)
    if annotation is None or structure not in annotation.structures:
        return None
    return volume_ml(annotation.labels == STRUCTURES[structure], view.image.voxel_volume_ml)
