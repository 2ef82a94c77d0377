"""Stacks whose slices moved: as often and as far as the paper says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from cardioprior.degradation.contract import degradation_of, entry_of
from cardioprior.degradation.thick_slices import LEVELS, degrade, displacements_px, thick_count
from cardioprior.store import Record

SPACING_MM = 1.25


def record(labels: np.ndarray) -> Record:
    grid = {"shape_zyx": list(labels.shape), "affine": np.diag([SPACING_MM, SPACING_MM, 2.0, 1.0]).tolist()}
    return Record("s", {"labels": labels}, {"grid": grid})


def column() -> np.ndarray:
    """A square column of LV along z."""
    labels = np.zeros((64, 32, 32), np.uint8)
    labels[:, 12:20, 12:20] = 1
    return labels


@pytest.mark.parametrize(("level", "factor"), [("normal", 1), ("severe", 4)])
def test_displacements_have_the_stated_length_in_mm_and_any_direction(level: str, factor: int) -> None:
    drawn = SPACING_MM * displacements_px(np.random.default_rng(0), 20_000, LEVELS[level], SPACING_MM)
    signed = np.hypot(*drawn.T)  # a normal draw is below 0 in 0.4 % of the slices: then it points the other way
    assert signed.mean() == pytest.approx(factor * 2.3, rel=0.01)
    assert signed.std() == pytest.approx(factor * 0.87, rel=0.02)
    assert kstest(np.arctan2(*drawn.T), "uniform", (-np.pi, 2 * np.pi)).pvalue > 0.001


def test_without_motion_slices_stay() -> None:
    found = degrade(record(column()), np.random.default_rng(0), "none")
    assert not found.arrays["shift_px"].any()
    assert np.array_equal(found.arrays["stack"], column()[:13])


def test_sixty_four_thin_slices_make_thirteen_thick_ones() -> None:
    assert [thick_count(thin) for thin in (64, 60, 32)] == [13, 12, 7]


def test_every_slice_lies_where_its_displacement_says() -> None:
    found = degrade(record(column()), np.random.default_rng(1), "normal")
    centres = np.array([np.argwhere(one).mean(axis=0) for one in found.arrays["stack"]])
    assert np.abs(centres - 15.5 - found.arrays["shift_px"]).max() <= 0.5


def test_errors_swap_the_stated_share_of_voxels() -> None:
    rng = np.random.default_rng
    clean = degrade(record(column()), rng(1), "normal")
    wrong = degrade(record(column()), rng(1), "normal-with-errors")
    share = (clean.arrays["stack"] != wrong.arrays["stack"]).mean()
    assert share == pytest.approx(LEVELS["normal-with-errors"].errors, rel=0.1)


def test_a_condition_names_a_degradation_and_its_level() -> None:
    made = degradation_of("thick_slices@severe")(record(column()), np.random.default_rng(2))
    direct = degrade(record(column()), np.random.default_rng(2), "severe")
    assert np.array_equal(made.arrays["stack"], direct.arrays["stack"])
    assert entry_of("thick_slices@severe") == "thick_slices" == entry_of("thick_slices")
