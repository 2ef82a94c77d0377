"""Dice and the rule for empty masks, on masks counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.overlap import dice
from cardioprior.metrics.status import STATUSES, status_of

NOTHING = np.zeros((2, 3), bool)
TWO = np.array([[1, 1, 0], [0, 0, 0]], bool)
THREE = np.array([[0, 1, 1], [0, 0, 1]], bool)


def test_a_mask_overlaps_itself_wholly():
    assert dice(THREE, THREE) == 1.0


def test_one_shared_voxel_of_two_and_three_is_a_dice_of_two_fifths():
    assert dice(TWO, THREE) == pytest.approx(2 / 5)
    assert dice(THREE, TWO) == dice(TWO, THREE)


def test_masks_that_touch_but_share_nothing_have_dice_zero():
    assert dice(TWO, np.array([[0, 0, 1], [1, 1, 1]], bool)) == 0.0


def test_one_equal_voxel_is_full_overlap():
    voxel = np.zeros((1, 1, 1), bool)
    voxel[0, 0, 0] = True
    assert dice(voxel, voxel) == 1.0


def test_a_structure_that_one_mask_lacks_has_dice_zero():
    assert dice(NOTHING, TWO) == 0.0
    assert dice(TWO, NOTHING) == 0.0


def test_a_structure_absent_in_both_masks_earns_no_dice():
    assert math.isnan(dice(NOTHING, NOTHING))


def test_the_status_names_the_mask_that_lacks_the_structure():
    found = [status_of(*pair) for pair in ((TWO, THREE), (NOTHING, TWO), (TWO, NOTHING), (NOTHING, NOTHING))]
    assert found == ["ok", "missing in prediction", "missing in reference", "absent in both"]
    assert found == list(STATUSES)


def test_an_array_without_voxels_is_an_empty_mask():
    assert status_of(np.zeros((0, 4), bool), np.zeros((0, 4), bool)) == "absent in both"


def test_a_label_map_is_refused_as_a_mask():
    with pytest.raises(TypeError, match=r"reference: found an array of uint8; wanted a boolean mask"):
        dice(TWO, THREE.astype(np.uint8))


def test_masks_on_two_grids_are_refused_even_where_they_would_broadcast():
    with pytest.raises(ValueError, match=r"prediction \(2, 3\) and reference \(1, 3\) are not on one grid"):
        dice(TWO, THREE[:1])


def test_masks_are_left_as_they_were():
    prediction, reference = TWO.copy(), THREE.copy()
    dice(prediction, reference)
    assert (prediction == TWO).all() and (reference == THREE).all()
