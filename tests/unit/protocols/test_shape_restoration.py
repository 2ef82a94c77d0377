"""Scores of restored label maps: structures that were annotated, alone and together."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.imaging.labels import LV, MYO, RV
from cardioprior.metrics.rows import MetricRow
from cardioprior.protocols.contract import Case
from cardioprior.protocols.shape_restoration import Protocol
from cardioprior.store import Record

SIZE = 16
GRID = {"shape_zyx": [SIZE] * 3, "affine": np.diag([1.5, 1.5, 2.0, 1.0]).tolist()}


def heart(rv: bool, first: int = 4) -> np.ndarray:
    """LV, wall and, if there is one, RV side by side along y, eight slices from the first."""
    labels = np.zeros((SIZE,) * 3, np.uint8)
    labels[first : first + 8, 4:8, 4:12], labels[first : first + 8, 2:4, 4:12] = LV, MYO
    if rv:
        labels[first : first + 8, 8:12, 4:12] = RV
    return labels


def rows(found: np.ndarray, true: np.ndarray, *structures: str) -> dict[tuple[str, str], MetricRow]:
    case = Case(
        Record("a", {"labels": found}, {"seconds": 0.5}),
        Record("a", {"labels": true}, {"grid": GRID, "structures": list(structures)}),
        lambda: pytest.fail("the subject's own images are not needed"),
        MetricRow(study="s", cohort="c", method="m", condition="x", subject="a"),
    )
    return {(row.structure, row.metric): row for row in Protocol().score(case)}


def test_without_an_rv_the_mean_is_that_of_cavity_and_wall() -> None:
    found = rows(heart(False, 5), heart(False), "LV", "MYO")
    assert found["MEAN", "dice"].value == pytest.approx(7 / 8)
    assert {structure for structure, _ in found} == {"LV", "MYO", "MEAN", ""}


def test_with_one_it_counts_and_the_faces_that_it_shares_with_the_lv_do() -> None:
    found = rows(heart(True), heart(True), "LV", "MYO", "RV")
    assert found["MEAN", "dice"].value == 1
    assert found["LV-RV", "contacts"].value == 8 * 8
