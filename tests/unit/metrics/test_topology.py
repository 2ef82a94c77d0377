"""Pieces, holes and contacts of masks drawn by hand; displacements."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.displacement import displacement_error_mm
from cardioprior.metrics.overlap import best_shift_dice, dice
from cardioprior.metrics.topology import contacts, extra_components, holes


def box(size: int, start: int, stop: int) -> np.ndarray:
    mask = np.zeros((size, size, size), bool)
    mask[start:stop, start:stop, start:stop] = True
    return mask


def test_pieces_beyond_the_first_are_counted_and_corners_do_not_join() -> None:
    mask = box(6, 0, 2)
    assert extra_components(mask) == 0 == extra_components(np.zeros_like(mask))
    mask[2, 2, 2] = mask[5, 5, 5] = True
    assert extra_components(mask) == 2


def test_a_hole_is_enclosed_on_all_sides() -> None:
    mask = box(7, 1, 6)
    mask[3, 3, 3] = False
    assert holes(mask) == 1
    mask[3, 3, 4:] = False
    assert holes(mask) == 0
    assert holes(np.ones((2, 2, 2), bool)) == 0 == holes(np.zeros((2, 2, 2), bool))


def test_contacts_are_shared_faces() -> None:
    left, right = np.zeros((3, 3, 4), bool), np.zeros((3, 3, 4), bool)
    left[:, :, 1], right[:, :, 2] = True, True
    assert contacts(left, right) == 9 == contacts(right, left)
    assert contacts(left, np.roll(right, 1, axis=2)) == 0


def test_the_best_shift_forgives_what_all_slices_share_and_no_more() -> None:
    mask = box(16, 4, 9)
    moved = np.roll(mask, (2, -3), axis=(1, 2))
    assert dice(moved, mask) < 0.5 and best_shift_dice(moved, mask) == 1
    sheared = mask.copy()
    sheared[6:] = moved[6:]
    assert best_shift_dice(sheared, mask) < 1
    assert best_shift_dice(np.roll(mask, 7, axis=1), mask) < 1


def test_empty_masks_are_judged_as_dice_judges_them() -> None:
    empty = np.zeros((4, 4, 4), bool)
    assert best_shift_dice(empty, box(4, 1, 2)) == 0 and math.isnan(best_shift_dice(empty, empty))


def test_the_displacement_error_is_in_mm_over_slices_that_show_something() -> None:
    found = np.array([[3.0, 4.0], [0.0, 0.0], [100.0, 0.0]])
    counted = np.array([True, True, False])
    assert displacement_error_mm(found, np.zeros((3, 2)), 2.0, counted) == pytest.approx(5)
    shared = np.tile([2.0, -1.0], (3, 1))
    assert displacement_error_mm(shared, np.zeros((3, 2)), 2.0, counted, centred=True) == 0
    assert math.isnan(displacement_error_mm(found, found, 2.0, np.zeros(3, bool)))
