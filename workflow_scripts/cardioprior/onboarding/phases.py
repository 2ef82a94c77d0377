"""Which frame is ED and which is ES: as the data set says, else as its labels' volumes say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cardioprior.cohorts.contract import Annotation, Phase, View
from cardioprior.imaging.labels import LV


def settle_phases(view: View, ed_frame: int | None = None, es_frame: int | None = None) -> View:
    """The view with ED and ES among its annotations, and where they are from.

    ed_frame, es_frame: their places in the cycle (counted from 0) where the data set's metadata state them; a phase
    that is stated is nowhere else. Otherwise phases that the annotations carry stay. Otherwise, of two annotations or
    more, ED is the one with the largest LV and ES the one with the smallest; an annotation alone, or equal volumes,
    stay unnamed.
    """
    frames: tuple[tuple[Phase, int | None], ...] = (("ES", es_frame), ("ED", ed_frame))
    stated = {phase: frame for phase, frame in frames if frame is not None}
    if stated:
        return replace(view, annotations=_stated(view, stated), phases_from="metadata")
    if any(annotation.phase for annotation in view.annotations):
        return replace(view, phases_from="labels")
    return _by_volume(view)


def _stated(view: View, frames: Mapping[Phase, int]) -> tuple[Annotation, ...]:
    names = {frame: phase for phase, frame in frames.items()}
    numbers = [view.frame_numbers[a.frame] for a in view.annotations]
    own: list[Phase] = ["" if a.phase in frames else a.phase for a in view.annotations]
    return tuple(
        replace(a, phase=names.get(number, phase))
        for a, number, phase in zip(view.annotations, numbers, own, strict=True)
    )


def _by_volume(view: View) -> View:
    with_lv = [a for a in view.annotations if "LV" in a.structures]
    if len({_voxels(a) for a in with_lv}) < 2:
        return view
    ed, es = max(with_lv, key=_voxels), min(with_lv, key=_voxels)
    return replace(view, annotations=_named(view.annotations, ed, es), phases_from="volume")


def _named(annotations: Sequence[Annotation], ed: Annotation, es: Annotation) -> tuple[Annotation, ...]:
    names: dict[int, Phase] = {ed.frame: "ED", es.frame: "ES"}
    return tuple(replace(a, phase=names.get(a.frame, "")) for a in annotations)


def _voxels(annotation: Annotation) -> int:
    return int((annotation.labels == LV).sum())
