"""Labels that can be a heart's, and those that cannot."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from cardioprior.cohorts.acdc import LABELS
from cardioprior.cohorts.contract import Annotation, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding.label_checks import check_labels, likelier_names
from tests.unit.cohorts.nifti_world import cohort
from tests.unit.imaging.dicom_world import real_data

ALL = ("LV", "MYO", "RV")


def heart(radius: float = 10, wall: float = 4, slices: int = 6, gap: bool = False) -> np.ndarray:
    """Discs (z, y, x), 64 pixels wide: LV in its wall, RV a crescent left of it; a gap opens the wall at the base."""
    y, x = np.mgrid[:64, :64]
    r, from_rv = np.hypot(y - 32, x - 38), np.hypot(y - 32, x - 38 + radius + wall)
    picture = np.zeros((64, 64), np.uint8)
    picture[from_rv <= radius + wall] = 3
    picture[r <= radius + wall] = 2
    picture[r <= radius] = 1
    stack = np.repeat(picture[None], slices, axis=0)
    if gap:
        stack[-2:][:, (np.abs(np.arctan2(y - 32, x - 38)) < 0.8) & (r > radius) & (r <= radius + wall)] = 0
    return stack


def annotation(labels: np.ndarray, structures: tuple[str, ...] = ALL, frame: int = 0, phase: str = "ED") -> Annotation:
    return Annotation(frame, phase, structures, labels)


def view(*annotations: Annotation, spacing_mm: tuple[float, float, float] = (10, 1.5, 1.5), role: str = "sax") -> View:
    z, y, x = spacing_mm
    frames = len(annotations)
    image = Volume(np.zeros((frames, *annotations[0].labels.shape), np.int16), np.diag([x, y, z, 1.0]))
    return View(role, image, tuple(range(frames)), 30, annotations=annotations)


@pytest.mark.parametrize("gap", [False, True])
def test_a_heart_has_nothing_to_remark(gap: bool) -> None:
    smaller = annotation(heart(6, 6, gap=gap), frame=1, phase="ES")
    assert check_labels("a", view(annotation(heart(gap=gap)), smaller)) == []


@pytest.mark.parametrize("order", [order for order in permutations((1, 2, 3)) if order != (1, 2, 3)])
@pytest.mark.parametrize("gap", [False, True])
def test_every_wrong_mapping_is_refused_and_says_what_is_what(order: tuple[int, ...], gap: bool) -> None:
    wrong = annotation(np.array([0, *order], np.uint8)[heart(gap=gap)])
    names = {1: "LV", 2: "MYO", 3: "RV"}
    wanted = {names[called]: names[real] for real, called in zip((1, 2, 3), order, strict=True) if real != called}
    assert likelier_names(wrong) == wanted
    with pytest.raises(SubjectError, match=r"looks like .*wanted the LV in its wall") as caught:
        check_labels("a", view(wrong))
    assert caught.value.code == "label_mapping"


def test_without_rv_the_wall_still_tells_lv_from_muscle() -> None:
    left = np.where(heart() == 3, 0, heart()).astype(np.uint8)
    assert likelier_names(annotation(left, ("LV", "MYO"))) == {}
    exchanged = annotation(np.array([0, 2, 1], np.uint8)[left], ("LV", "MYO"))
    assert likelier_names(exchanged) == {"LV": "MYO", "MYO": "LV"}


def test_without_the_wall_nothing_tells_lv_from_rv() -> None:
    cavities = np.where(heart() == 2, 0, heart()).astype(np.uint8)
    for labels in (cavities, np.array([0, 3, 2, 1], np.uint8)[cavities]):
        assert likelier_names(annotation(labels, ("LV", "RV"))) == {}


@pytest.mark.parametrize(("spacing", "sizes"), [((10, 1.5, 1.5), 0), ((1, 0.2, 0.2), 3), ((40, 4, 4), 3)])
def test_volumes_that_no_heart_has_are_a_warning_each(spacing: tuple[float, float, float], sizes: int) -> None:
    findings = check_labels("a", view(annotation(heart()), spacing_mm=spacing))
    assert [finding.code for finding in findings] == ["label_size"] * sizes


def test_an_lv_that_is_larger_at_es_is_a_warning() -> None:
    frames = view(annotation(heart(6, 6)), annotation(heart(), frame=1, phase="ES"))
    (finding,) = check_labels("a", frames)
    assert finding.code == "es_larger" and "the frames may be exchanged" in finding.sentence


def test_a_plane_has_no_volume() -> None:
    assert check_labels("a", view(annotation(heart(slices=1)), spacing_mm=(6, 0.05, 0.05), role="la4ch")) == []


def test_of_acdc_every_label_fits_and_nearly_every_wrong_mapping_is_caught() -> None:
    adapter = cohort("acdc", real_data("acdc"))
    subjects = adapter.find()[::8]
    wrong = [np.array([0, *order], np.uint8) for order in permutations((1, 2, 3)) if order != (1, 2, 3)]
    caught = []
    for subject in subjects:
        of_subject = adapter.load(subject).views["sax"]
        assert check_labels(subject.id, of_subject) == []
        for one in of_subject.annotations:
            caught += [bool(likelier_names(replace(one, labels=mapping[one.labels]))) for mapping in wrong]
    assert LABELS == {1: 3, 2: 2, 3: 1}
    assert np.mean(caught) > 0.98
