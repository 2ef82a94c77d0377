"""Print whether the phantom's hearts beat as hearts do, and whether labels are sound in every frame and slice.

    PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 python benchmarks/phantom/beat.py [--subjects N] [--frames N]

Of each subject a whole cycle is labelled twice: on a fine grid in the heart's frame, and as the short-axis stacks of
config.yaml (blocks `STACKS`) that the adapter scans. Tables: how steady the wall's volume is, whether the LV is
largest at ED and smallest at ES, how far the mitral valve descends; and counts of faults in the labels, the first ones
with subject, frame and slice. What is a fault stands in `RULES`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import hearts
import numpy as np
import tables
from physiology import descent_mm
from scipy import ndimage

from cardioprior.imaging.labels import BACKGROUND, LV, MYO, RV, STRUCTURES

STEP_MM = 1.5
STACKS = ("phantom_clinical", "phantom_cine")
MOST_SWING = 0.05
HEALTHY_DESCENT_MM = (8.0, 16.0)
SHOWN = 5  # faults of a kind that are printed
EIGHT = np.ones((3, 3), bool)
FOUR = ndimage.generate_binary_structure(2, 1)

RULES = {
    "lv beside rv": "a pixel of the LV touches one of the RV by a side",
    "lv beside background": "a pixel of the LV touches background by a side",
    "lv in pieces": "the LV's pixels in a slice are not one piece joined by sides",
    "wall in pieces": "the wall's pixels in a slice are not one piece joined by sides or corners",
    "hole": "LV and wall together enclose a pixel that is neither",
    "open ring": "the wall does not enclose the whole LV",
    "rv in pieces": "the RV's pixels in a slice are not one piece joined by sides or corners",
    "skipped slice": "a slice without LV, wall or RV between slices that have it",
    "fine: lv beside rv": "a voxel of the LV touches one of the RV by a face",
    "fine: lv in pieces": "the LV is not one piece joined by faces",
    "fine: wall in pieces": "the wall is not one piece joined by faces, edges or corners",
    "fine: rv in pieces": "the RV is not one piece joined by faces, edges or corners",
    "fine: at the edge": "labels reach the grid's edge, far outside the heart's tables",
    "fine: hole in a plane": "a plane across the axis, below the valve, where LV and wall enclose something else",
}


@dataclass(frozen=True)
class Fault:
    """A broken rule. slice: None on the fine grid. pixels: how many are concerned, of pieces all but the largest."""

    rule: str
    subject: str
    where: str
    frame: int
    slice: int | None
    pixels: int

    def describe(self) -> str:
        """Where it is."""
        place = f"frame {self.frame}" + ("" if self.slice is None else f", slice {self.slice}")
        return f"{self.subject} {self.where}: {place}, {self.pixels} pixels"


@dataclass(frozen=True)
class Beating:
    """A subject's cycle.

    wall_swing: largest |v / mean - 1| of the wall's volume on the fine grid. descent_mm: of the mitral valve from ED to
    ES. fine_extremes, stack_extremes: whether the LV is largest at ED, and smallest at ES (stacks: for each).
    checked: how many slices and frames were looked at.
    """

    subject: str
    group: str
    wall_swing: float
    descent_mm: float
    fine_extremes: tuple[bool, bool]
    stack_extremes: tuple[tuple[bool, bool], ...]
    checked: int
    faults: tuple[Fault, ...] = field(repr=False)


# --- one subject --------------------------------------------------------------------------------------------------


def measure(subject_id: str, frames: int, per_group: int) -> Beating:
    """One subject's cycle of so many frames."""
    subject, es_frame = hearts.over_the_cycle(subject_id, frames)
    fine = hearts.fine_labels(subject, STEP_MM)
    wall, lv = fine.volumes_ml(MYO), fine.volumes_ml(LV)
    faults = [fault for frame, labels in enumerate(fine.labels) for fault in _fine_faults(labels, subject_id, frame)]
    faults += [
        Fault("fine: at the edge", subject_id, "fine grid", frame, None, count)
        for frame, count in enumerate(fine.at_edge().tolist())
        if count
    ]
    stacks, checked = [], 0
    for block in STACKS:
        labels, es_of_stack = _stack(block, subject_id, frames, per_group)
        faults += stack_faults(labels, subject_id, block)
        stacks.append(_extremes(np.count_nonzero(labels == LV, axis=(1, 2, 3)), es_of_stack))
        checked += labels.shape[0] * labels.shape[1]
    return Beating(
        subject=subject_id,
        group=subject.person.group,
        wall_swing=float(np.abs(wall / wall.mean() - 1).max()),
        descent_mm=descent_mm(fine, LV, np.ones(fine.labels.shape[2:], bool), 0, es_frame),
        fine_extremes=_extremes(lv, es_frame),
        stack_extremes=tuple(stacks),
        checked=checked,
        faults=tuple(faults),
    )


def _stack(block: str, subject_id: str, frames: int, per_group: int) -> tuple[np.ndarray, int]:
    """The labels (F, slices, rows, columns) that the adapter writes, and the frame at ES."""
    adapter = hearts.adapter(block, per_group, frames=(frames, frames), some_frames=None, phases="all")
    scanned = adapter.scan(subject_id)
    return scanned.pictures["sax"].labels, scanned.cycle.es_frame


def _extremes(volumes: np.ndarray, es_frame: int) -> tuple[bool, bool]:
    """Whether frame 0 has the largest volume, and the frame at ES the smallest."""
    return bool(volumes[0] == volumes.max()), bool(volumes[es_frame] == volumes.min())


# --- faults -------------------------------------------------------------------------------------------------------


def stack_faults(labels: np.ndarray, subject: str, where: str) -> list[Fault]:
    """Every broken rule in a stack's labels (F, slices, rows, columns)."""
    faults = []
    for frame, stack in enumerate(labels):
        for index, plane in enumerate(stack):
            faults += [Fault(rule, subject, where, frame, index, count) for rule, count in plane_faults(plane)]
        for name, value in STRUCTURES.items():
            shown = np.flatnonzero((stack == value).any(axis=(1, 2)))
            gaps = sorted(set(range(shown[0], shown[-1])) - set(shown.tolist())) if len(shown) else []
            faults += [Fault("skipped slice", subject, f"{where} {name}", frame, index, 0) for index in gaps]
    return faults


def plane_faults(plane: np.ndarray) -> Iterator[tuple[str, int]]:
    """Broken rules of one slice's labels (rows, columns), with the number of pixels concerned."""
    lv, wall, rv = (plane == value for value in (LV, MYO, RV))
    around = ndimage.binary_dilation(lv, FOUR) & ~lv
    counts: dict[str, int] = {
        "lv beside rv": _count(around & rv),
        "lv beside background": _count(around & (plane == BACKGROUND)),
        "lv in pieces": loose(lv, FOUR),
        "wall in pieces": loose(wall, EIGHT),
        "hole": _count(ndimage.binary_fill_holes(lv | wall) & ~(lv | wall)),
        "open ring": _count(lv & ~ndimage.binary_fill_holes(wall)),
        "rv in pieces": loose(rv, EIGHT),
    }
    return ((rule, count) for rule, count in counts.items() if count)


def loose(mask: np.ndarray, structure: np.ndarray) -> int:
    """Pixels of all pieces but the largest."""
    pieces, count = ndimage.label(mask, structure)
    if count < 2:
        return 0
    sizes = np.bincount(pieces.ravel())[1:]
    return int(sizes.sum() - sizes.max())


def _fine_faults(labels: np.ndarray, subject: str, frame: int) -> Iterator[Fault]:
    """Broken rules of one frame on the fine grid (z, y, x)."""
    six, all_26 = ndimage.generate_binary_structure(3, 1), np.ones((3, 3, 3), bool)
    lv, wall, rv = (labels == value for value in (LV, MYO, RV))
    counts: dict[str, int] = {
        "fine: lv beside rv": _count(ndimage.binary_dilation(lv, six) & rv),
        "fine: lv in pieces": loose(lv, six),
        "fine: wall in pieces": loose(wall, all_26),
        "fine: rv in pieces": loose(rv, all_26),
        "fine: hole in a plane": sum(_hole(plane) for plane in lv | wall),
    }
    return (Fault(rule, subject, "fine grid", frame, None, count) for rule, count in counts.items() if count)


def _count(mask: np.ndarray) -> int:
    return int(np.count_nonzero(mask))


def _hole(mask: np.ndarray) -> int:
    return _count(ndimage.binary_fill_holes(mask) & ~mask) if mask.any() else 0


# --- tables -------------------------------------------------------------------------------------------------------


def run(per_group: int, frames: int, jobs: int) -> list[Beating]:
    """All subjects' cycles."""
    return hearts.each(partial(measure, frames=frames, per_group=per_group), hearts.subject_ids(per_group), jobs)


def report(found: Sequence[Beating]) -> list[str]:
    """Both tables and the first faults."""
    return ["### The beat", "", *beat_table(found), "", "### Soundness of labels", "", *fault_table(found)]


def beat_table(found: Sequence[Beating]) -> list[str]:
    """Each group's steadiness, extremes and valve descent."""
    rows = []
    for group in hearts.GROUPS:
        members = [one for one in found if one.group == group]
        if not members:
            continue
        swing, descent = ([getattr(one, name) for one in members] for name in ("wall_swing", "descent_mm"))
        low, high = HEALTHY_DESCENT_MM
        rows.append(
            (
                group,
                f"{100 * max(swing):.1f} %",
                f"{sum(value > MOST_SWING for value in swing)} of {len(members)}",
                _share([one.fine_extremes for one in members]),
                *(_share([one.stack_extremes[index] for one in members]) for index in range(len(STACKS))),
                tables.plus_minus(*tables.spread(descent)),
                f"{min(descent):.1f} to {max(descent):.1f}",
                f"{sum(low <= value <= high for value in descent)} of {len(members)}" if group == "NOR" else "",
            )
        )
    stacks = [f"on {block}'s stack" for block in STACKS]
    head = (
        "group",
        "largest swing of wall volume",
        f"above {MOST_SWING:.0%}",
        "LV largest at ED, smallest at ES, fine",
        *stacks,
        "valve descent, mm",
        "range, mm",
        "in {:.0f}-{:.0f} mm".format(*HEALTHY_DESCENT_MM),
    )
    return tables.markdown(head, rows)


def fault_table(found: Sequence[Beating]) -> list[str]:
    """How often each rule is broken, and where first."""
    slices = sum(one.checked for one in found)
    rows, places = [], []
    for rule, meaning in RULES.items():
        faults = [fault for one in found for fault in one.faults if fault.rule == rule]
        subjects = {fault.subject for fault in faults}
        largest = max((fault.pixels for fault in faults), default=0)
        rows.append((rule, str(len(faults)), str(len(subjects)), str(largest), meaning))
        by_subject = {fault.subject: fault for fault in reversed(faults)}
        places += [f"- {rule}: {fault.describe()}" for fault in list(by_subject.values())[::-1][:SHOWN]]
    lines = tables.markdown(("rule", "faults", "subjects", "most pixels", "meaning"), rows)
    note = f"Of {slices} slices in stacks and {len(found)} subjects, every frame of the cycle."
    return [*lines, "", note, *(["", *places] if places else [])]


def _share(extremes: Sequence[tuple[bool, bool]]) -> str:
    ed, es = (sum(pair[index] for pair in extremes) / max(len(extremes), 1) for index in (0, 1))
    return f"{_percent(ed)}, {_percent(es)}"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"


def main() -> None:
    parser = hearts.arguments(__doc__, 30)
    parser.add_argument("--frames", type=int, default=25, help="of a cycle (default %(default)s)")
    options = parser.parse_args()
    print("\n".join(report(run(options.subjects, options.frames, options.jobs))))


if __name__ == "__main__":
    main()
