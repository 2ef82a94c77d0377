"""Print what ACDC's patients look like, in the figures of `likeness`: the phantom should look the same.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/acdc_figures.py [FOLDER]

FOLDER holds ACDC's patients (patient*/Info.cfg); without it, `acdc/training` below the folder that the environment
variable CMR_TEST_DATA names. For every figure: mean, SD, 5th and 95th percentile over all patients, and mean and SD of
each group. Names that begin with `ed_` or `es_` are of that frame; what they mean stands in `likeness`.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import likeness
import numpy as np

from cardioprior.cohorts.acdc import Adapter, Settings
from cardioprior.cohorts.contract import Phase, Subject, View

Figures = likeness.Figures
GROUPS = ("NOR", "DCM", "HCM", "MINF", "ARV")
INDEXED = ("ed_lv_volume_ml", "es_lv_volume_ml", "ed_rv_volume_ml", "es_rv_volume_ml", "ed_mass_g")


def body_area_m2(height_cm: float, weight_kg: float) -> float:
    """Body surface by Mosteller, N Engl J Med 1987;317:1098."""
    return math.sqrt(height_cm * weight_kg / 3600)


def patients(folder: Path) -> Iterator[tuple[Subject, View]]:
    """Each patient with the short-axis view."""
    adapter = Adapter(Settings(adapter="acdc", root=folder), folder, "acdc", 0)
    for subject in adapter.find():
        yield subject, adapter.load(subject).views["sax"]


def patient_figures(subject: Subject, view: View) -> Figures:
    """All figures of one patient, ED's and ES' with the phase before their names."""
    spacing_mm = view.image.spacing_mm
    phases: dict[Phase, tuple[np.ndarray, np.ndarray]] = {}
    for phase in ("ED", "ES"):
        annotation = view.annotation(phase)
        if annotation is None:
            raise SystemExit(f"{subject.id}: has no labels at {phase}; wanted ED and ES of every patient")
        phases[phase] = view.image.data[annotation.frame], annotation.labels
    figures = {"pixel_mm": spacing_mm[1], "slice_spacing_mm": spacing_mm[0], "frames": float(view.cycle_length)}
    figures["es_share_of_cycle"] = _es_share(subject, view)
    figures |= likeness.heart(phases["ED"], phases["ES"], spacing_mm)
    if subject.height_cm and subject.weight_kg:
        area_m2 = body_area_m2(subject.height_cm, subject.weight_kg)
        figures |= {"height_cm": subject.height_cm, "weight_kg": subject.weight_kg, "body_area_m2": area_m2}
        figures |= {f"{name}_per_m2": figures[name] / area_m2 for name in INDEXED}
    return figures


def _es_share(subject: Subject, view: View) -> float:
    if subject.es_frame is None or subject.ed_frame is None:
        return math.nan
    return (subject.es_frame - subject.ed_frame) / view.cycle_length


def summary(values: Sequence[float]) -> tuple[float, float, float, float]:
    """Mean, SD (n - 1), 5th and 95th percentile of the values that are not nan."""
    known = np.array([value for value in values if not math.isnan(value)])
    if len(known) < 2:
        return (math.nan,) * 4
    low, high = np.percentile(known, (5, 95))
    return float(known.mean()), float(known.std(ddof=1)), float(low), float(high)


def table(rows: Sequence[tuple[str, Figures]]) -> list[str]:
    """Lines of the table, from each patient's group and figures."""
    names = list(dict.fromkeys(name for _, figures in rows for name in figures))
    width = max(map(len, names))
    head = f"{'figure':{width}} {'n':>3} {'mean':>8} {'SD':>8} {'p5':>8} {'p95':>8}"
    lines = [head + "".join(f" {group:>15}" for group in GROUPS)]
    for name in names:
        values = [figures.get(name, math.nan) for _, figures in rows]
        known = sum(not math.isnan(value) for value in values)
        cells = "".join(f" {_short(value):>8}" for value in summary(values))
        for group in GROUPS:
            mean, deviation, *_ = summary([figures.get(name, math.nan) for own, figures in rows if own == group])
            cells += f" {_short(mean) + '+-' + _short(deviation):>15}"
        lines.append(f"{name:{width}} {known:>3}{cells}")
    return lines


def _short(value: float) -> str:
    """Three to four significant digits, without an exponent."""
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("CMR_TEST_DATA")
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(default) / "acdc" / "training" if default else None
    )
    folder = parser.parse_args().folder
    if folder is None or not folder.is_dir():
        found = "found no folder" if folder is None else f"{folder}: is not there"
        parser.error(f"{found}; give ACDC's folder or set CMR_TEST_DATA to the one that holds acdc/training")
    rows = [(subject.group, patient_figures(subject, view)) for subject, view in patients(folder)]
    print("\n".join(table(rows)))
    common_mm2 = likeness.nan_mean([figures["common_shift_variance_mm2"] for _, figures in rows])
    print(f"\nSD along an axis of shifts that ED and ES share: {math.sqrt(max(common_mm2, 0)):.2f} mm")


if __name__ == "__main__":
    main()
