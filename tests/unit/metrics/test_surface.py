"""Surface distances on masks small enough to measure with a ruler."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.metrics.surface import SurfaceDistances, surface_distances, surface_of

STACK_SPACING_MM = (10.0, 1.5, 1.25)


def voxels(shape: tuple[int, ...], *indices: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for index in indices:
        mask[index] = True
    return mask


def block(shape: tuple[int, ...], *ranges: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[tuple(slice(first, end) for first, end in ranges)] = True
    return mask


def test_equal_masks_are_no_distance_apart():
    mask = block((5, 9, 9), (1, 4), (2, 7), (2, 7))
    assert surface_distances(mask, mask, STACK_SPACING_MM) == SurfaceDistances(0.0, 0.0)


@pytest.mark.parametrize(("axis", "millimetres"), [(0, 10.0), (1, 1.5), (2, 1.25)])
def test_two_voxels_are_as_far_apart_as_their_centres(axis, millimetres):
    first = voxels((3, 3, 3), (1, 1, 1))
    assert surface_distances(first, np.roll(first, 1, axis), STACK_SPACING_MM) == SurfaceDistances(
        millimetres, millimetres
    )


def test_a_diagonal_step_goes_by_pythagoras():
    apart = surface_distances(voxels((6, 6), (0, 0)), voxels((6, 6), (3, 4)), (1.0, 1.0))
    assert apart == SurfaceDistances(5.0, 5.0)


def test_a_shift_of_one_slice_is_one_slice_thickness_of_hausdorff_distance():
    mask = block((6, 30, 30), (1, 4), (8, 22), (8, 22))
    shifted = np.roll(mask, 1, axis=0)
    assert surface_distances(shifted, mask, STACK_SPACING_MM).hausdorff_mm == 10.0


def test_a_slice_missed_counts_its_inside_as_surface_of_the_next():
    """One column of 1 x 1 voxels in 3 slices against 2 of them: distances forth 0, 0; back 0, 0, 10."""
    reference, prediction = block((3, 1, 1), (0, 3), (0, 1), (0, 1)), block((3, 1, 1), (0, 2), (0, 1), (0, 1))
    apart = surface_distances(prediction, reference, STACK_SPACING_MM)
    assert apart.hausdorff_mm == 10.0
    assert apart.mean_mm == pytest.approx((0 / 2 + 10 / 3) / 2)


def test_the_mean_weighs_both_surfaces_equally_and_does_not_pool_their_voxels():
    """A point against a line of three voxels that starts in it: forth 0; back 0, 1, 2. Pooled, it would be 3/4."""
    point, line = voxels((1, 3), (0, 0)), block((1, 3), (0, 1), (0, 3))
    assert surface_distances(point, line, (1.0, 1.0)) == SurfaceDistances(mean_mm=(0 + 1) / 2, hausdorff_mm=2.0)


def test_the_hausdorff_distance_is_found_in_either_direction():
    point, line = voxels((1, 3), (0, 0)), block((1, 3), (0, 1), (0, 3))
    assert surface_distances(line, point, (1.0, 1.0)) == surface_distances(point, line, (1.0, 1.0))


def test_one_stray_voxel_moves_the_hausdorff_distance_and_hardly_the_mean():
    reference = block((40, 40), (5, 15), (5, 15))
    prediction = reference | voxels((40, 40), (5, 35))
    apart = surface_distances(prediction, reference, (1.0, 1.0))
    assert apart.hausdorff_mm == 21.0
    assert apart.mean_mm == pytest.approx((21 / 37 + 0) / 2)


def test_the_surface_of_a_square_is_its_rim():
    inside = block((5, 5), (1, 4), (1, 4))
    assert (surface_of(block((5, 5), (0, 5), (0, 5))) == ~inside).all()


def test_a_voxel_with_background_across_a_corner_only_is_not_surface():
    mask = np.ones((5, 5), bool)
    mask[0, 0] = False
    assert not surface_of(mask)[1, 1]


def test_outside_of_the_array_is_background():
    assert surface_of(np.ones((2, 2, 2), bool)).all()
    assert surface_of(np.ones((3, 3, 3), bool)).sum() == 26


def test_a_stack_of_one_slice_is_all_surface_where_the_slice_itself_is_a_ring():
    slab = block((1, 7, 7), (0, 1), (1, 6), (1, 6))
    assert (surface_of(slab) == slab).all()
    assert surface_of(slab[0]).sum() == 16


def test_margins_of_background_change_nothing():
    prediction, reference = block((4, 8, 8), (0, 3), (0, 5), (2, 8)), block((4, 8, 8), (1, 4), (1, 6), (2, 7))
    tight = surface_distances(prediction, reference, STACK_SPACING_MM)
    wide = surface_distances(np.pad(prediction, 7), np.pad(reference, 7), STACK_SPACING_MM)
    assert wide == tight


def test_twice_the_spacing_is_twice_the_distance():
    prediction, reference = block((12, 12), (1, 6), (1, 9)), block((12, 12), (3, 9), (2, 7))
    one = surface_distances(prediction, reference, (1.0, 1.0))
    two = surface_distances(prediction, reference, (2.0, 2.0))
    assert (two.mean_mm, two.hausdorff_mm) == pytest.approx((2 * one.mean_mm, 2 * one.hausdorff_mm))


def test_the_order_of_memory_does_not_matter():
    prediction, reference = block((4, 8, 8), (0, 3), (0, 5), (2, 8)), block((4, 8, 8), (1, 4), (1, 6), (2, 7))
    assert surface_distances(
        np.asfortranarray(prediction), reference[::-1, :, ::-1][::-1, :, ::-1], STACK_SPACING_MM
    ) == surface_distances(prediction, reference, STACK_SPACING_MM)


def test_a_structure_missing_in_one_mask_or_in_both_has_no_distance():
    some, nothing = voxels((3, 3, 3), (1, 1, 1)), np.zeros((3, 3, 3), bool)
    for pair in ((some, nothing), (nothing, some), (nothing, nothing)):
        apart = surface_distances(*pair, STACK_SPACING_MM)
        assert math.isnan(apart.mean_mm) and math.isnan(apart.hausdorff_mm)


def test_a_spacing_for_another_number_of_axes_is_refused():
    mask = voxels((3, 3), (1, 1))
    with pytest.raises(ValueError, match="wanted 2 positive numbers"):
        surface_distances(mask, mask, STACK_SPACING_MM)


@pytest.mark.parametrize("spacing", [(0.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (math.inf, 1.0)])
def test_a_spacing_that_is_no_length_is_refused(spacing):
    mask = voxels((3, 3), (1, 1))
    with pytest.raises(ValueError, match="spacing_mm"):
        surface_distances(mask, mask, spacing)


def test_masks_are_left_as_they_were():
    prediction, reference = block((4, 8, 8), (0, 3), (0, 5), (2, 8)), block((4, 8, 8), (1, 4), (1, 6), (2, 7))
    before = prediction.copy(), reference.copy()
    surface_distances(prediction, reference, STACK_SPACING_MM)
    assert (prediction == before[0]).all() and (reference == before[1]).all()
