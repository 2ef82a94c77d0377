"""Print the phantom's volumes, function, walls and motion beside published figures, and whether groups are as ACDC's.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/physiology.py [--subjects N] [--acdc FOLDER]

Everything is measured on labels of 1.25 mm in the heart's frame at ED and ES (twist alone comes from the phantom's
tables). Tables: each figure by group and sex with its published mean ± SD; the share of each group's subjects that meet
ACDC's criterion of the group; and how well single indices tell each disease from the healthy, with FOLDER (ACDC's
patients) also in ACDC. What the figures mean stands in `FIGURES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hearts
import likeness
import numpy as np
import tables
from references import REFERENCES, SOURCES, Reference

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.metrics.clinical import MYOCARDIAL_DENSITY_G_PER_ML

Figures = dict[str, float]
STEP_MM = 1.25
SEVERAL = 2  # segments
THICK_MM, NORMAL_MM = 15.0, 12.0
ABNORMAL_THICKENING = 0.3  # of a segment's wall from ED to ES: less is hypokinetic
LATERAL_RV_RAD = (-1.0, -0.35)  # where the tricuspid valve's lateral edge is, seen from the LV's axis
USUAL_HIGH, USUAL_LOW = 95, 5  # percentiles of the healthy

FIGURES = {
    "lv_edv_ml": "LV EDV, ml",
    "lv_edv_ml_m2": "LV EDV, ml/m²",
    "lv_esv_ml": "LV ESV, ml",
    "lv_esv_ml_m2": "LV ESV, ml/m²",
    "lv_sv_ml": "LV stroke volume, ml",
    "lv_ef_percent": "LV EF, %",
    "lv_mass_g": "LV mass, g",
    "lv_mass_g_m2": "LV mass, g/m²",
    "rv_edv_ml": "RV EDV, ml",
    "rv_edv_ml_m2": "RV EDV, ml/m²",
    "rv_esv_ml": "RV ESV, ml",
    "rv_esv_ml_m2": "RV ESV, ml/m²",
    "rv_ef_percent": "RV EF, %",
    "stroke_difference_ml": "RV less LV stroke volume, ml",
    "lv_length_mm": "LV length at ED, mm",
    "wall_mid_mm": "wall at ED, mean of mid-cavity, mm",
    "wall_mid_max_mm": "wall at ED, thickest of six mid-cavity segments, mm",
    "thickest_mm": "wall at ED, thickest 30° from base to mid-cavity, mm",
    "thick_segments": "segments of 12 thicker than 15 mm over 30° somewhere",
    "thickening": "wall thickening at mid-cavity, ED to ES",
    "abnormal_segments": "segments of 16 that thicken less than 30 %",
    "thickening_sd": "SD of 16 segments' thickening",
    "valve_descent_mm": "descent of the mitral valve, mm",
    "tapse_mm": "descent of the tricuspid valve's lateral edge, mm",
    "twist_deg": "twist at ES, apex less base, degrees",
    "es_fraction": "ES, share of the cycle",
    "heart_rate_bpm": "heart rate, 1/min",
}


@dataclass(frozen=True)
class Measured:
    """A subject's figures. group: of the phantom, or of ACDC's patient, where sex is ""."""

    group: str
    sex: str
    figures: Figures


# --- one subject --------------------------------------------------------------------------------------------------


def measure(subject_id: str) -> Measured:
    """All FIGURES of one subject of the phantom."""
    subject = hearts.at_ed_and_es(subject_id)
    fine = hearts.fine_labels(subject, STEP_MM)
    person = subject.person
    figures = _volumes(fine, person.body_area_m2) | _walls(fine) | _motion(fine)
    twist = np.rad2deg(subject.beat.twist_rad[1] - subject.beat.twist_rad[0])
    figures["twist_deg"] = float(twist.max() - twist.min())
    figures["es_fraction"], figures["heart_rate_bpm"] = person.es_fraction, person.heart_rate_bpm
    return Measured(person.group, person.sex, figures)


def _volumes(fine: hearts.FineLabels, area_m2: float) -> Figures:
    """Volumes of labels (2, z, y, x) at ED and ES, absolute and by body surface."""
    lv, rv, wall = (fine.volumes_ml(value) for value in (LV, RV, MYO))
    mass_g = float(wall[0]) * MYOCARDIAL_DENSITY_G_PER_ML
    figures: Figures = {"lv_sv_ml": float(lv[0] - lv[1]), "lv_mass_g": mass_g, "lv_mass_g_m2": mass_g / area_m2}
    for name, (edv, esv) in (("lv", lv.tolist()), ("rv", rv.tolist())):
        figures |= {f"{name}_edv_ml": edv, f"{name}_esv_ml": esv, f"{name}_ef_percent": 100 * (edv - esv) / edv}
        figures |= {f"{name}_edv_ml_m2": edv / area_m2, f"{name}_esv_ml_m2": esv / area_m2}
    figures["stroke_difference_ml"] = float((rv[0] - rv[1]) - (lv[0] - lv[1]))
    return figures


def _walls(fine: hearts.FineLabels) -> Figures:
    """Length, thickness in planes across the LV's axis, and how it grows from ED to ES."""
    ed, es = (closed_rings(likeness.wall_mm(labels, fine.spacing_mm)) for labels in fine.labels)
    length_mm = float(np.count_nonzero((fine.labels[0] == LV).any(axis=(1, 2))) * fine.step_mm)
    return {"lv_length_mm": length_mm, **wall_figures(ed, es)}


def wall_figures(ed_mm: np.ndarray, es_mm: np.ndarray) -> Figures:
    """The wall by thickness (slices from apex to base, RAYS) at ED and ES; ray 0 is the septum's middle."""
    mid = segments(ed_mm)[1]
    strong = np.concatenate(segments(ed_mm)[1:])
    peaks = np.concatenate(segments(over_30_degrees(ed_mm), np.max)[1:])
    growth = np.concatenate([late / early - 1 for early, late in zip(segments(ed_mm), segments(es_mm), strict=True)])
    return {
        "wall_mid_mm": float(mid.mean()),
        "wall_mid_max_mm": float(mid.max()),
        "thickest_mm": float(peaks.max()),
        "thick_segments": float(np.count_nonzero(peaks > THICK_MM)),
        "thickest_segment_mm": float(strong.max()),
        "thickening": float(segments(es_mm)[1].mean() / mid.mean() - 1),
        "abnormal_segments": float(np.count_nonzero(growth < ABNORMAL_THICKENING)),
        "thickening_sd": float(growth.std()),
    }


def closed_rings(wall_mm: np.ndarray) -> np.ndarray:
    """The slices (n, RAYS) of `likeness.wall_mm` in which every ray meets wall: those that the valve does not cut."""
    return wall_mm[np.isfinite(wall_mm).all(axis=1)]


def over_30_degrees(wall_mm: np.ndarray) -> np.ndarray:
    """Thickness (slices, RAYS) averaged over 30 degrees around each ray."""
    reach = likeness.RAYS // 24
    return np.mean([np.roll(wall_mm, shift, axis=1) for shift in range(-reach, reach + 1)], axis=0)


def segments(wall_mm: np.ndarray, of: Callable[..., np.ndarray] = np.mean) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thickness of the AHA's 16 segments from (slices from apex to base, RAYS): 4 apical, 6 mid, 6 basal; mean or `of`.

    Cerqueira MD, Weissman NJ, Dilsizian V, et al. Circulation 2002;105:539. Ray 0 is the septum's middle.
    """
    apical, mid, basal = np.array_split(wall_mm, 3)
    quarter = np.roll(apical, likeness.RAYS // 8, axis=1)  # the apical septum is one segment around ray 0
    parts = ((quarter, 4), (mid, 6), (basal, 6))
    found = [of(part.reshape(len(part), count, -1), axis=(0, 2)) for part, count in parts]
    return found[0], found[1], found[2]


def _motion(fine: hearts.FineLabels) -> Figures:
    """Descent of the valves from ED to ES, mm."""
    return {
        "valve_descent_mm": descent_mm(fine, LV, np.ones(fine.labels.shape[2:], bool)),
        "tapse_mm": _tapse_mm(fine),
    }


def descent_mm(fine: hearts.FineLabels, value: int, columns: np.ndarray, early: int = 0, late: int = 1) -> float:
    """How far the top of a structure comes down from one frame to another, mean over columns along z, mm.

    columns: (y, x), where to look; of them count those in which there is no label above the structure in both frames.
    """
    tops = [_open_top_mm(labels, value, fine) for labels in (fine.labels[early], fine.labels[late])]
    both = columns & np.isfinite(tops[0]) & np.isfinite(tops[1])
    return float((tops[0] - tops[1])[both].mean()) if both.any() else math.nan


def _open_top_mm(labels: np.ndarray, value: int, fine: hearts.FineLabels) -> np.ndarray:
    """Height of the uppermost labelled voxel of each column, (y, x); nan where it is of another structure."""
    top = len(labels) - 1 - (labels[::-1] > 0).argmax(axis=0)
    found = np.take_along_axis(labels, top[None], axis=0)[0] == value
    return np.where(found, fine.axis_mm(2)[top], math.nan)


def _tapse_mm(fine: hearts.FineLabels) -> float:
    """Descent of the RV's lateral corner: of the highest RV voxels near the free wall, lower left of the outflow."""
    y, x = np.meshgrid(fine.axis_mm(1), fine.axis_mm(0), indexing="ij")
    sector = (np.arctan2(y, x) > LATERAL_RV_RAD[0]) & (np.arctan2(y, x) < LATERAL_RV_RAD[1])
    heights = []
    for labels in fine.labels:
        tops = np.where(sector, _open_top_mm(labels, RV, fine), math.nan)
        heights.append(float(np.nanpercentile(tops, 98)) if np.isfinite(tops).any() else math.nan)
    return heights[0] - heights[1]


# --- groups -------------------------------------------------------------------------------------------------------


def meets(measured: Measured) -> bool:
    """Whether a subject is what ACDC says of its group (Bernard et al. 2018; creatis.insa-lyon.fr).

    HCM without ACDC's mass above 110 g/m2, which most of its own HCM patients do not have when mass is counted from
    its labels. "Thicker than 15 mm" is the thickest 30 degrees of an AHA segment, without the apical ones, "wall below
    12 mm" the mean of the thickest segment: so read, most of ACDC's own patients meet them.
    """
    f, woman = measured.figures, measured.sex == "F"
    if measured.group == "NOR":
        usual = f["lv_ef_percent"] > 50 and f["rv_ef_percent"] > 40 and f["thickest_segment_mm"] < NORMAL_MM
        return usual and f["lv_edv_ml_m2"] < (80 if woman else 90) and f["rv_edv_ml_m2"] < 100
    if measured.group == "DCM":
        return f["lv_edv_ml_m2"] > 100 and f["lv_ef_percent"] < 40 and f["thickest_segment_mm"] < NORMAL_MM
    if measured.group == "HCM":
        return f["lv_ef_percent"] > 55 and f["thick_segments"] >= SEVERAL
    if measured.group == "MINF":
        return f["lv_ef_percent"] < 40 and f["abnormal_segments"] >= SEVERAL
    return f["rv_edv_ml_m2"] > (100 if woman else 110) or f["rv_ef_percent"] < 40


def auc(diseased: np.ndarray, healthy: np.ndarray) -> float:
    """Chance that a diseased subject's index is the higher one; 0.5 tells nothing, 0 and 1 tell all."""
    above = (diseased[:, None] > healthy[None]).mean() + 0.5 * (diseased[:, None] == healthy[None]).mean()
    return float(above)


def share_usual(diseased: np.ndarray, healthy: np.ndarray) -> float:
    """Share of the diseased between the healthy's 5th and 95th percentile."""
    low, high = np.percentile(healthy, (USUAL_LOW, USUAL_HIGH))
    return float(((diseased >= low) & (diseased <= high)).mean())


# index in FIGURES: its name in `acdc_figures`, "" where it is not there
INDICES = {
    "lv_edv_ml_m2": "ed_lv_volume_ml_per_m2",
    "lv_ef_percent": "lv_ef_percent",
    "lv_mass_g_m2": "ed_mass_g_per_m2",
    "wall_mid_mm": "",
    "thickest_mm": "",
    "thickening": "",
    "rv_edv_ml_m2": "ed_rv_volume_ml_per_m2",
    "rv_ef_percent": "rv_ef_percent",
    "abnormal_segments": "",
    "thickening_sd": "",
    "valve_descent_mm": "",
}
DEFINING = {
    "DCM": ("lv_edv_ml_m2", "lv_ef_percent"),
    "HCM": ("thickest_mm",),
    "MINF": ("lv_ef_percent", "abnormal_segments"),
    "ARV": ("rv_edv_ml_m2", "rv_ef_percent"),
}


# --- tables -------------------------------------------------------------------------------------------------------


def run(per_group: int, jobs: int) -> list[Measured]:
    """All subjects' figures."""
    return hearts.each(measure, hearts.subject_ids(per_group), jobs)


def report(found: Sequence[Measured], acdc: Path | None = None) -> list[str]:
    """The three tables."""
    real = acdc_subjects(acdc) if acdc else []
    lines = ["### Physiology beside published figures", "", *reference_table(found)]
    lines += ["", "### All figures by group", "", *group_table(found)]
    lines += ["", "### Groups by ACDC's criteria", "", *criteria_table(found, real)]
    return [*lines, "", "### What tells the diseased from the healthy", "", *index_table(found, real)]


def reference_table(found: Sequence[Measured]) -> list[str]:
    """Every reference beside the phantom; a mark where the phantom is away from it."""
    rows = []
    for reference in REFERENCES:
        mean, deviation = tables.spread(_values(found, reference))
        marks = judged(mean, deviation, reference)
        rows.append(
            (
                f"{reference.group} {reference.sex}".strip(),
                FIGURES[reference.figure],
                tables.plus_minus(mean, deviation),
                tables.plus_minus(reference.mean, reference.sd),
                _signed((mean - reference.mean) / reference.sd),
                _number(deviation / reference.sd),
                marks,
                reference.source + ("" if reference.read else " †"),
            )
        )
    head = ("group", "figure", "phantom", "published", "difference in SD", "ratio of SD", "", "source")
    notes = ["", "† widely cited, not read in the source. Sources:", ""]
    return [*tables.markdown(head, rows), *notes, *(f"- {name}: {text}" for name, text in SOURCES.items())]


def judged(mean: float, deviation: float, reference: Reference) -> str:
    """ "mean" where the means differ by more than a published SD, "SD" where SDs differ more than twofold, "" if fine.

    Where no SD is published, means may differ by 15 %.
    """
    if math.isnan(reference.sd):
        return "" if abs(mean / reference.mean - 1) <= 0.15 else "mean"
    far = ["mean"] * (abs(mean - reference.mean) > reference.sd)
    return ", ".join(far + ["SD"] * (not 0.5 <= deviation / reference.sd <= 2))


def group_table(found: Sequence[Measured]) -> list[str]:
    """Mean ± SD of all FIGURES by group."""
    rows = []
    for figure, name in FIGURES.items():
        cells = [_group(found, group, figure) for group in hearts.GROUPS]
        rows.append((name, *(tables.plus_minus(*tables.spread(cell)) for cell in cells)))
    return tables.markdown(("figure", *hearts.GROUPS), rows)


def criteria_table(found: Sequence[Measured], real: Sequence[Measured]) -> list[str]:
    """Share of each group's subjects that meet its criterion, and of ACDC's patients measured alike."""
    rows = []
    for group in hearts.GROUPS:
        cells = []
        for subjects in (found, real):
            members = [one for one in subjects if one.group == group and "thick_segments" in one.figures]
            cells.append(f"{sum(map(meets, members))} of {len(members)}" if members else "")
        rows.append((group, *cells))
    note = "ACDC's sexes are not known: men's limits. Its walls and segments are measured on stacks of 5 to 10 mm."
    return [*tables.markdown(("group", "meet ACDC's criterion", "ACDC's own"), rows), "", note]


def index_table(found: Sequence[Measured], real: Sequence[Measured]) -> list[str]:
    """AUC of single indices against the healthy, and the share of the diseased in the healthy's 5-95 % range."""
    rows = []
    for index in INDICES:
        cells = [FIGURES[index]]
        for group in DEFINING:
            ours = _index_cell(found, group, index)
            theirs = _index_cell(real, group, index)
            cells.append(
                ("**{}**" if index in DEFINING[group] else "{}").format(ours) + (f" (ACDC {theirs})" if theirs else "")
            )
        rows.append(tuple(cells))
    note = "AUC against NOR, then the share of the group within NOR's 5th to 95th percentile. Bold: defines the group."
    return [*tables.markdown(("index", *DEFINING), rows), "", note]


def acdc_subjects(folder: Path) -> list[Measured]:
    """ACDC's patients: INDICES of `acdc_figures`, and the wall measured on their stacks as on the phantom."""
    import acdc_figures

    found = []
    for subject, view in acdc_figures.patients(folder):
        theirs = acdc_figures.patient_figures(subject, view)
        figures = {index: theirs.get(name, math.nan) for index, name in INDICES.items() if name}
        ed, es = (_stack_wall_mm(view, phase) for phase in ("ED", "ES"))
        if min(len(ed), len(es)) >= 3:
            figures |= wall_figures(ed, es)
        found.append(Measured(subject.group, "", figures))
    return found


def _stack_wall_mm(view: Any, phase: str) -> np.ndarray:
    """Wall thickness of a stack's closed rings, (slices, RAYS), turned so that ray 0 points at the RV."""
    labels, spacing_mm = view.annotation(phase).labels, view.image.spacing_mm
    lv, rv = (np.argwhere(labels == value).mean(axis=0)[1:] * spacing_mm[1:] for value in (LV, RV))
    turn = math.atan2(rv[0] - lv[0], rv[1] - lv[1]) / (2 * math.pi) * likeness.RAYS
    return closed_rings(np.roll(likeness.wall_mm(labels, spacing_mm), -round(turn), axis=1))


def _index_cell(found: Sequence[Measured], group: str, index: str) -> str:
    diseased, healthy = (np.array(_group(found, name, index)) for name in (group, "NOR"))
    diseased, healthy = (values[~np.isnan(values)] for values in (diseased, healthy))
    if not len(diseased) or not len(healthy):
        return ""
    return f"{auc(diseased, healthy):.2f}, {100 * share_usual(diseased, healthy):.0f} %"


def _group(found: Sequence[Measured], group: str, figure: str) -> list[float]:
    return [one.figures[figure] for one in found if one.group == group and figure in one.figures]


def _values(found: Sequence[Measured], reference: Reference) -> list[float]:
    alike = [one for one in found if one.group == reference.group and reference.sex in ("", one.sex)]
    return [one.figures[reference.figure] for one in alike]


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.1f}"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def main() -> None:
    parser = hearts.arguments(__doc__, 100)
    parser.add_argument("--acdc", type=Path, help="folder of ACDC's patients, for its indices beside the phantom's")
    options = parser.parse_args()
    print("\n".join(report(run(options.subjects, options.jobs), options.acdc)))


if __name__ == "__main__":
    main()
