"""ED and ES from what a data set says, from its labels, or from volumes, in this order."""

from __future__ import annotations

import numpy as np

from cardioprior.cohorts.contract import Annotation, View
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding.phases import settle_phases


def view(*lv_voxels: int, phases: tuple[str, ...] = (), structures: tuple[str, ...] = ("LV",)) -> View:
    """A frame for each number of LV voxels, ten places apart in the cycle."""
    annotations = []
    for frame, count in enumerate(lv_voxels):
        labels = np.zeros((1, 3, 4), np.uint8)
        labels.flat[:count] = 1
        annotations.append(Annotation(frame, phases[frame] if phases else "", structures, labels))
    frames = len(lv_voxels)
    image = Volume(np.zeros((frames, 1, 3, 4), np.int16), np.eye(4))
    return View("sax", image, tuple(10 * t for t in range(frames)), 30, annotations=tuple(annotations))


def named(view: View) -> dict[str, int]:
    return {a.phase: a.frame for a in view.annotations if a.phase}


def test_the_data_sets_own_word_counts_whatever_the_volumes_are() -> None:
    settled = settle_phases(view(2, 9, 5), ed_frame=0, es_frame=20)
    assert named(settled) == {"ED": 0, "ES": 2} and settled.phases_from == "metadata"


def test_a_frame_that_is_stated_takes_the_phase_from_any_other() -> None:
    settled = settle_phases(view(9, 5, phases=("ES", "ED")), ed_frame=0)
    assert named(settled) == {"ED": 0}


def test_phases_that_the_labels_carry_stay() -> None:
    settled = settle_phases(view(2, 9, phases=("ED", "ES")))
    assert named(settled) == {"ED": 0, "ES": 1} and settled.phases_from == "labels"


def test_without_either_the_largest_lv_is_ed_and_the_smallest_es() -> None:
    settled = settle_phases(view(5, 9, 2))
    assert named(settled) == {"ED": 1, "ES": 2} and settled.phases_from == "volume"


def test_a_frame_alone_equal_volumes_or_labels_without_lv_name_nothing() -> None:
    for unclear in (view(5), view(5, 5), view(5, 2, structures=("RV",)), view()):
        settled = settle_phases(unclear)
        assert named(settled) == {} and settled.phases_from == ""
