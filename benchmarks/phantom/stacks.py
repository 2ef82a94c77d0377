"""Print what the phantom's short-axis stacks look like beside ACDC's, in the figures of `likeness`.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/stacks.py [FOLDER] [--subjects N]

FOLDER holds ACDC's patients; without it, `acdc/training` below the folder that the environment variable CMR_TEST_DATA
names. The phantom's stacks are those of config.yaml's cohort `phantom_diagnosis`, at ED and ES. A row is a figure over
all subjects, ACDC's mean ± SD first; a mark says where the phantom's mean is more than ACDC's SD away or the SDs differ
more than twofold. Means of the groups follow, the phantom's and ACDC's.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import acdc_figures
import hearts
import likeness
import tables
from physiology import judged
from references import Reference

Rows = Sequence[tuple[str, likeness.Figures]]
BLOCK = "phantom_diagnosis"
# Figures of the protocol or of counting, which say nothing of the phantom.
LEFT_OUT = (
    "pixel_mm",
    "slice_spacing_mm",
    "frames",
    "common_shift_variance_mm2",
    "height_cm",
    "weight_kg",
    "body_area_m2",
)


def measure(subject_id: str, per_group: int) -> tuple[str, likeness.Figures]:
    """A subject's group and figures, named as `acdc_figures` names a patient's."""
    scanned = hearts.adapter(BLOCK, per_group).scan(subject_id)
    picture, person = scanned.pictures["sax"], scanned.person
    spacing_mm = (picture.grid.spacing_mm, picture.grid.pixel_mm, picture.grid.pixel_mm)
    ed, es = ((picture.image[frame], picture.labels[frame]) for frame in (0, 1))
    figures = likeness.heart(ed, es, spacing_mm)
    figures["es_share_of_cycle"] = scanned.cycle.es_frame / scanned.cycle.length
    figures |= {f"{name}_per_m2": figures[name] / person.body_area_m2 for name in acdc_figures.INDEXED}
    return person.group, figures


def run(per_group: int, jobs: int) -> list[tuple[str, likeness.Figures]]:
    """All subjects."""
    return hearts.each(partial(measure, per_group=per_group), hearts.subject_ids(per_group), jobs)


def acdc(folder: Path) -> list[tuple[str, likeness.Figures]]:
    """ACDC's patients."""
    found = acdc_figures.patients(folder)
    return [(subject.group, acdc_figures.patient_figures(subject, view)) for subject, view in found]


def report(phantom: Rows, real: Rows) -> list[str]:
    """One row a figure."""
    names = [name for name in dict.fromkeys(name for _, figures in real for name in figures) if name not in LEFT_OUT]
    rows = []
    for name in names:
        ours, theirs = tables.spread(_of(phantom, name)), tables.spread(_of(real, name))
        mark = judged(*ours, Reference("", "", name, *theirs, "")) if theirs[1] > 0 else ""
        groups = [_beside(_of(phantom, name, group), _of(real, name, group)) for group in hearts.GROUPS]
        rows.append((name, tables.plus_minus(*theirs), tables.plus_minus(*ours), mark, *groups))
    head = ("figure", f"ACDC ({len(real)})", f"phantom ({len(phantom)})", "", *(f"{g} (ACDC)" for g in hearts.GROUPS))
    return tables.markdown(head, rows)


def acdc_folder(given: Path | None) -> Path | None:
    """The folder given, or the one below CMR_TEST_DATA; None where there is none."""
    data = os.environ.get("CMR_TEST_DATA")
    folder = given or (Path(data) / "acdc" / "training" if data else None)
    return folder if folder and folder.is_dir() else None


def _beside(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Both means, the second in brackets."""
    return f"{tables.short(tables.spread(ours)[0])} ({tables.short(tables.spread(theirs)[0])})"


def _of(rows: Rows, name: str, group: str | None = None) -> list[float]:
    return [figures.get(name, math.nan) for own, figures in rows if group in (None, own)]


def main() -> None:
    parser = hearts.arguments(__doc__, 30)
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    folder = acdc_folder(options.folder)
    if folder is None:
        parser.error("found no folder of ACDC's patients; give it or set CMR_TEST_DATA to the one above acdc/training")
    print("\n".join(report(run(options.subjects, options.jobs), acdc(folder))))


if __name__ == "__main__":
    main()
