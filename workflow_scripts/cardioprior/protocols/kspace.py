"""Segmentations from a few lines of k-space: overlap, clinical figures, how they vary with the mask, their codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np

from cardioprior.imaging.geometry import stored_grid
from cardioprior.imaging.labels import LV, MYO, STRUCTURES
from cardioprior.inference.kspace_method import CURVE, REPEATED
from cardioprior.metrics.clinical import ejection_fraction_percent, mass_g, volume_ml
from cardioprior.metrics.codes import distances_from_mean, silhouettes
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.rows import MetricRow
from cardioprior.metrics.status import status_of
from cardioprior.metrics.surface import surface_distances
from cardioprior.preparations.short_axis_cines import PHASES
from cardioprior.protocols.contract import Case, ProtocolBase, Shown, inference_time
from cardioprior.store import Record
from cardioprior.metrics.lines import lines_text

#: whose contours are compared over masks (table 2)
CONTOURED = ("MYO", "RV")
#: of the three slices whose masks are repeated, the one whose codes are compared; of subjects, so many at most (the
#: paper shows five)
MIDDLE, COMPARED = 1, 20
WITHIN, BETWEEN = "within", "between"
#: condition of rows about all numbers of lines
ALL_LINES = "all lines"


class Protocol(ProtocolBase):
    """Conditions of the rows are numbers of lines (`lines_text`). On the prepared grid, against the labels on it.

    One mask a number: Dice by structure over the whole stack, volumes, mass and EF. Many masks: distances in plane of
    each prediction from the mean shape of its subject, by slice; together, those of the subjects' mean shapes from that
    of all subjects, and how codes cluster. A mean shape has the class of the largest mean softmax at each place
    [guess].
    """

    together: ClassVar[tuple[str, ...]] = (REPEATED,)
    browsed: ClassVar[str] = CURVE

    def score(self, case: Case) -> Iterator[MetricRow]:
        if case.row.condition == REPEATED:
            yield from _within(case)
        else:
            for draw in range(len(case.prediction.arrays["lines"])):
                yield from _draw_rows(case, draw)
        yield inference_time(case)

    def score_together(self, cases: Callable[[], Iterator[Case]]) -> Iterator[MetricRow]:
        yield from _between(cases)
        yield from _clusters(cases)

    def shown(self, case: Case) -> Iterator[Shown]:
        """ED and ES, fully sampled, with what was predicted from the fewest lines, from a middle number and from the
        most."""
        lines = case.prediction.arrays["lines"]
        order = np.argsort(lines, kind="stable")
        draws = dict.fromkeys(int(order[place]) for place in (0, len(order) // 2, -1))
        truths = zip(PHASES, _at_phases(case.record, "cines"), true_labels(case.record), strict=True)
        for phase, image, truth in truths:
            for draw in draws:
                yield Shown(
                    phase, lines_text(int(lines[draw]), _total(case)), image,
                    case.prediction.arrays[f"labels_{phase}"][draw], truth,
                    structures=case.record.meta["structures"],
                    spacing_yx_mm=stored_grid(case.record.meta["grid"]).spacing_mm[1:],
                )  # fmt: skip


def _total(case: Case) -> int:
    return int(case.record.arrays["cines"].shape[-2])


def true_labels(record: Record) -> np.ndarray:
    """Labels at ED and ES (2, z, y, x) of a record of preparations.short_axis_cines."""
    return _at_phases(record, "cine_labels")


def _at_phases(record: Record, name: str) -> np.ndarray:
    """An array of cines at ED and ES (2, z, y, x)."""
    phases = record.arrays["phases"].astype(int)
    found: np.ndarray = record.arrays[name][phases[..., 0], phases[..., 1]]
    return found


def _draw_rows(case: Case, draw: int) -> Iterator[MetricRow]:
    condition = lines_text(int(case.prediction.arrays["lines"][draw]), _total(case))
    voxel_ml = case.record.meta["voxel_ml"]
    cavities: dict[str, list[float]] = {"found": [], "true": []}
    for phase, truth in zip(PHASES, true_labels(case.record), strict=True):
        labels = case.prediction.arrays[f"labels_{phase}"][draw]
        for structure in case.record.meta["structures"]:
            found, true = (array == STRUCTURES[structure] for array in (labels, truth))
            where = {
                "condition": condition, "structure": structure, "phase": phase, "status": status_of(found, true),
            }  # fmt: skip
            yield case.measured("dice", dice(found, true), **where)
            volumes = [volume_ml(mask, voxel_ml) for mask in (found, true)]
            yield case.measured("volume", volumes[0], "ml", reference=volumes[1], **where)
            if STRUCTURES[structure] == LV:
                for whose, volume in zip(cavities, volumes, strict=True):
                    cavities[whose].append(volume)
            if STRUCTURES[structure] == MYO:
                masses = [mass_g(mask, voxel_ml) for mask in (found, true)]
                yield case.measured("mass", masses[0], "g", reference=masses[1], **where)
    if cavities["true"]:
        found_ef, true_ef = (ejection_fraction_percent(*volumes) for volumes in cavities.values())
        yield case.measured(
            "ejection_fraction", found_ef, "%", reference=true_ef, condition=condition, structure="LV",
            status="ok" if np.isfinite(found_ef) else "missing in prediction",
        )  # fmt: skip


def _within(case: Case) -> Iterator[MetricRow]:
    arrays, total = case.prediction.arrays, _total(case)
    for level, lines in enumerate(arrays["mean_lines"].tolist()):
        draws = np.flatnonzero(arrays["lines"] == lines)
        if len(draws) < 2:
            continue
        for phase in PHASES:
            mean = arrays[f"mean_{phase}"][level].argmax(axis=1)
            for number, draw in enumerate(draws):
                found = arrays[f"labels_{phase}"][draw]
                where = {"condition": lines_text(lines, total), "phase": phase, "draw": str(number)}
                yield from _distances(case, WITHIN, found, mean, where)


def _distances(
    case: Case, kind: str, found: np.ndarray, mean: np.ndarray, where: dict[str, str]
) -> Iterator[MetricRow]:
    """Of labels (z, y, x) from others, in plane, slice by slice."""
    spacing_mm = stored_grid(case.record.meta["grid"]).spacing_mm[1:]
    for z, (labels, others) in enumerate(zip(found, mean, strict=True)):
        for structure in CONTOURED:
            mask, mean_mask = (array == STRUCTURES[structure] for array in (labels, others))
            distances = surface_distances(mask, mean_mask, spacing_mm)
            about = {**where, "structure": structure, "slice": str(z), "status": status_of(mask, mean_mask)}
            yield case.measured(f"hausdorff_{kind}", distances.hausdorff_mm, "mm", **about)
            yield case.measured(f"mean_contour_{kind}", distances.mean_mm, "mm", **about)


def _between(cases: Callable[[], Iterator[Case]]) -> Iterator[MetricRow]:
    sums: dict[tuple[str, int], np.ndarray] = {}
    for case in cases():
        for key, mean in _means(case):
            sums[key] = sums.get(key, 0) + mean.astype(np.float64)
    of_all = {key: total.argmax(axis=1) for key, total in sums.items()}
    for case in cases():
        for (phase, lines), mean in _means(case):
            where = {"condition": lines_text(lines, _total(case)), "phase": phase}
            yield from _distances(case, BETWEEN, of_all[phase, lines], mean.argmax(axis=1), where)


def _means(case: Case) -> Iterator[tuple[tuple[str, int], np.ndarray]]:
    """By phase and number of lines the mean softmax (z, classes, y, x) over a subject's masks."""
    arrays = case.prediction.arrays
    for phase in PHASES:
        for lines, mean in zip(arrays["mean_lines"].tolist(), arrays[f"mean_{phase}"], strict=True):
            yield (phase, lines), mean


def middle_codes(prediction: Record, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Codes (draws, k) of the middle one of the three slices at ED, and their lines (draws,)."""
    sample = int(record.arrays["phases"][0, MIDDLE, 0])
    return prediction.arrays["codes"][:, sample].astype(np.float32), prediction.arrays["lines"]


def _clusters(cases: Callable[[], Iterator[Case]]) -> Iterator[MetricRow]:
    """By subject: the mean silhouettes of its codes, and how far the mean of its codes of a number of lines lies from
    that of all subjects compared."""
    some = (case for _, case in zip(range(COMPARED), cases(), strict=False))
    compared = [(case, *middle_codes(case.prediction, case.record)) for case in some]
    if not compared:
        return
    total = _total(compared[0][0])
    codes = np.concatenate([its_codes for _, its_codes, _ in compared])
    lines = np.concatenate([its_lines for *_, its_lines in compared])
    subjects = np.concatenate([np.full(len(its_lines), i) for i, (*_, its_lines) in enumerate(compared)])
    drawn = lines < total
    for metric, clusters in (("silhouette_by_subject", subjects), ("silhouette_by_lines", lines)):
        values = silhouettes(codes[drawn], clusters[drawn].tolist())
        for i, (case, *_) in enumerate(compared):
            value = values[subjects[drawn] == i].mean()
            yield case.measured(
                metric, value, condition=ALL_LINES, status="ok" if np.isfinite(value) else "one cluster"
            )
    for n in np.unique(lines[drawn]).tolist():
        means = np.stack([codes[(subjects == i) & (lines == n)].mean(axis=0) for i in range(len(compared))])
        for (case, *_), apart in zip(compared, distances_from_mean(means), strict=True):
            yield case.measured("code_spread", apart, condition=lines_text(n, total))
