"""Label maps about a heart's middle, of cohorts with an RV and without."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import Annotation, LoadedSubject, Subject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.preparations.high_resolution_shapes import Preparation, Settings

SETTINGS = Settings(spacing_mm=1.0, size=16, slice_mm=1.0, slices=16)


def subject(*structures: str, value: int = 1) -> LoadedSubject:
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[4:10, 20:24, 12:14] = value
    found = Annotation(0, "ED", structures, labels)
    image = Volume(labels[None].astype(np.int16), np.eye(4))
    return LoadedSubject(Subject("a", ()), {"hr": View("hr", image, (0,), 1, annotations=(found,))})


def test_the_structures_box_is_in_the_middle() -> None:
    labels = Preparation(SETTINGS).prepare(subject("LV", "MYO", "RV")).arrays["labels"]
    assert labels.shape == (16, 16, 16)
    low, high = np.argwhere(labels).min(axis=0), np.argwhere(labels).max(axis=0)
    assert (low + high).tolist() == [15, 15, 15] and (high - low + 1).tolist() == [6, 4, 2]


def test_what_was_not_annotated_is_not_among_the_structures() -> None:
    record = Preparation(SETTINGS).prepare(subject("LV", "MYO"))
    assert record.meta["structures"] == ["LV", "MYO"]


def test_labels_without_anything_are_the_subjects_fault() -> None:
    with pytest.raises(SubjectError, match="a: has no labels at ED"):
        Preparation(SETTINGS).prepare(subject("LV", value=0))
