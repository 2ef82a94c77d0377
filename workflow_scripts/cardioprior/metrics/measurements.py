"""What is measured in a study without labels: volumes, EF and mass, and what speaks against them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cardioprior.errors import Finding
from cardioprior.imaging.labels import LV, MYO, RV, STRUCTURES
from cardioprior.metrics.body_size import body_surface_area_m2
from cardioprior.metrics.clinical import (
    ejection_fraction_percent,
    mass_g,
    stroke_volume_ml,
    volume_ml,
)

CAVITIES = {"lv": LV, "rv": RV}
#: wider than any heart from a small child's to the most dilated one
EDV_ML = (10.0, 800.0)


@dataclass(frozen=True)
class Segmented:
    """Labels (z, y, x) at ED and ES on one grid, and the volume of a voxel in ml."""

    ed: np.ndarray
    es: np.ndarray
    voxel_ml: float

    def volumes_ml(self, label: int) -> tuple[float, float]:
        """Volume of a structure at ED and at ES; nan where it was not found."""
        ed, es = (volume_ml(labels == label, self.voxel_ml) or math.nan for labels in (self.ed, self.es))
        return ed, es


def measure(found: Segmented, height_cm: float | None, weight_kg: float | None) -> dict[str, float]:
    """Figures by column of the table: volumes in ml, EF in %, LV mass at ED in g, body surface area in m2, and volumes
    and mass over that area (`..._per_m2`). One that does not exist is nan: a structure that was not found has no
    volume, rather than one of 0 ml."""
    area_m2 = body_surface_area_m2(height_cm, weight_kg)
    figures: dict[str, float] = {}
    for cavity, label in CAVITIES.items():
        edv, esv = found.volumes_ml(label)
        figures |= {
            f"{cavity}_edv_ml": edv,
            f"{cavity}_esv_ml": esv,
            f"{cavity}_sv_ml": stroke_volume_ml(edv, esv),
            f"{cavity}_ef_percent": ejection_fraction_percent(edv, esv),
        }
    figures["lv_mass_g"] = mass_g(found.ed == MYO, found.voxel_ml) or math.nan
    indexed = {f"{name}_per_m2": figures[name] / area_m2 for name in figures if not name.endswith("_percent")}
    return {**figures, "bsa_m2": area_m2, **indexed}


def doubts(where: str, found: Segmented, ed_frame: int, es_frame: int) -> tuple[Finding, ...]:
    """Warnings about measurements that cannot be right: one frame for both phases, a structure that was not found, a
    volume that no heart has, a cavity that does not shrink."""
    sentences = []
    if ed_frame == es_frame:
        sentences.append(("same_frame", f"frame {ed_frame} was picked as ED and as ES; wanted two"))
    for phase, labels in (("ED", found.ed), ("ES", found.es)):
        missing = [name for name, label in STRUCTURES.items() if not (labels == label).any()]
        if missing:
            sentences.append(("empty_structure", f"no {' and no '.join(missing)} was found at {phase}"))
    for cavity, label in CAVITIES.items():
        name, (edv, esv) = cavity.upper(), found.volumes_ml(label)
        if edv < EDV_ML[0] or edv > EDV_ML[1]:
            wanted = f"{EDV_ML[0]:g} to {EDV_ML[1]:g} ml"
            sentences.append(("implausible_volume", f"the {name} has {edv:.0f} ml at ED; wanted {wanted}"))
        if ed_frame != es_frame and edv <= esv:
            sentences.append(("no_ejection", f"the {name} has {edv:.0f} ml at ED and {esv:.0f} ml at ES; wanted less"))
    return tuple(Finding("warning", code, f"{where}: {sentence}") for code, sentence in sentences)
