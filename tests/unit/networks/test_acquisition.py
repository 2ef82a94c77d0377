"""Thick slices that moved, of volumes worked by hand."""

from __future__ import annotations

import pytest
import torch

from cardioprior.networks.acquisition import acquired, at_places, moved, nearest_slices, slice_places


def test_sixty_four_slices_become_thirteen_a_step_of_five_and_a_quarter_apart() -> None:
    assert slice_places(64, 13) == [5.25 * i for i in range(13)]
    assert slice_places(9, 1) == [4]


def test_a_thin_slice_belongs_to_the_thick_one_next_to_it_and_to_none_far_beyond_the_ends() -> None:
    nearest, inside = nearest_slices([2.0, 6.0, 10.5], 15)
    assert nearest == [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert inside == [True] * 13 + [False] * 2  # 4.5 apart in the middle of the gaps: as far as 12.75


def test_of_evenly_laid_slices_nothing_is_beyond_and_one_slice_has_all() -> None:
    for thin, thick in ((64, 13), (9, 1), (10, 2)):
        nearest, inside = nearest_slices(slice_places(thin, thick), thin)
        assert all(inside) and nearest[0] == 0 and nearest[-1] == thick - 1


def test_a_volume_that_is_linear_along_z_is_exact_at_every_place() -> None:
    volume = torch.arange(8.0)[None, None, :, None, None].expand(1, 1, 8, 2, 2)
    found = at_places(volume, [0.0, 0.25, 3.5, 7.0])[0, 0, :, 0, 0]
    assert found.tolist() == pytest.approx([0, 0.25, 3.5, 7])


def test_a_shift_by_whole_pixels_moves_each_slice_by_its_own() -> None:
    stack = torch.zeros(1, 1, 2, 7, 9)
    stack[..., 3, 4] = 1
    found = moved(stack, torch.tensor([[[2.0, -1.0], [0.0, 3.0]]]))
    assert (found[0, 0, 0] > 0.99).nonzero().tolist() == [[5, 3]]
    assert (found[0, 0, 1] > 0.99).nonzero().tolist() == [[3, 7]]
    assert float(found.sum()) == pytest.approx(2, abs=1e-4)


def test_half_a_pixel_shares_a_pixel_between_two() -> None:
    stack = torch.zeros(1, 1, 1, 5, 5)
    stack[..., 2, 2] = 1
    found = moved(stack, torch.tensor([[[0.5, 0.0]]]))[0, 0, 0]
    assert found[2:4, 2].tolist() == pytest.approx([0.5, 0.5], abs=1e-5)


def test_edges_continue_where_a_slice_moved_inwards() -> None:
    stack = torch.ones(1, 1, 1, 4, 4)
    assert torch.equal(moved(stack, torch.tensor([[[2.0, -3.0]]])), stack)


def test_displacements_have_a_gradient_that_points_to_the_truth() -> None:
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    disc = torch.exp(-((y - 7.5) ** 2 + (x - 7.5) ** 2) / 8)[None, None, None]
    target = moved(disc, torch.tensor([[[1.5, -0.5]]]))
    shift = torch.zeros(1, 1, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad((moved(disc, shift) - target).square().sum(), shift)
    assert gradient[0, 0, 0] < 0 < gradient[0, 0, 1]


def test_acquiring_takes_the_slices_and_moves_them() -> None:
    volume = torch.rand(1, 2, 6, 5, 5)
    shift = torch.rand(1, 3, 2)
    assert torch.equal(acquired(volume, 3, shift), moved(at_places(volume, [0, 2.5, 5]), shift))
