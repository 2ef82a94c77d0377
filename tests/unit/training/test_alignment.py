"""Shapes laid over each other: known moves are found again."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform

from cardioprior.training.alignment import Poses, coarser, finer, laid_over, posed, template_of


def blob(z: float = 0.0, y: float = 0.0, x: float = 0.0, angle: float = 0.0) -> torch.Tensor:
    """A smooth ellipsoid and a smaller one beside it (2, 16, 32, 32), turned in plane about the middle and moved."""
    grid = np.indices((16, 32, 32)).astype(float) - np.array([7.5, 15.5, 15.5])[:, None, None, None]
    dz, dy, dx = grid - np.array([z, y, x])[:, None, None, None]
    dy, dx = math.cos(angle) * dy - math.sin(angle) * dx, math.sin(angle) * dy + math.cos(angle) * dx
    one = np.exp(-((dz / 3) ** 2 + (dy / 7) ** 2 + (dx / 4) ** 2))
    other = np.exp(-((dz / 3) ** 2 + ((dy - 6) / 3) ** 2 + (dx / 3) ** 2))
    return torch.from_numpy(np.stack([one, other])).float()


def poses(angle: float, *shift: float) -> Poses:
    return Poses(torch.tensor([angle]), torch.tensor([shift]).float())


def test_a_pose_samples_as_scipy_does():
    angle, shift = 0.3, np.array([1.0, -2.0, 0.5])
    shape = blob()
    turn = np.array([[1, 0, 0], [0, math.cos(angle), math.sin(angle)], [0, -math.sin(angle), math.cos(angle)]])
    middle = np.array([7.5, 15.5, 15.5])
    wanted = [
        affine_transform(part.numpy(), turn, middle + shift - turn @ middle, order=1, mode="grid-constant")
        for part in shape
    ]
    np.testing.assert_allclose(posed(shape[None], poses(angle, *shift))[0], wanted, atol=1e-4)


def test_one_pose_after_another_is_one_pose():
    shape = blob()[None]
    first, second = poses(0.2, 0.5, 1.0, -2.0), poses(-0.1, 0.0, -1.5, 0.5)
    twice = posed(posed(shape, first), second)
    together = posed(shape, first.followed_by(second.angle, second.shift))
    assert (twice - together).abs().max() < 0.05  # what interpolating twice loses


@pytest.mark.parametrize(("move", "angle"), [((0.0, 0.0, 0.0), 0.0), ((1.5, -2.0, 1.0), 0.0), ((0.5, 1.0, -1.0), 0.3)])
def test_a_moved_shape_is_laid_over_the_template(move, angle):
    template, moved = blob(), blob(*move, angle)
    found = laid_over(template, moved[None])
    before, after = ((one - template).square().mean() for one in (moved, posed(moved[None], found)[0]))
    assert after < 0.01 * before + 1e-7
    assert found.angle.item() == pytest.approx(-angle, abs=0.02) or found.angle.item() == pytest.approx(angle, abs=0.02)


def test_a_round_shape_finds_its_place_and_stays_finite():
    ball, template = (
        torch.from_numpy(np.exp(-(np.square(np.indices((16, 32, 32)).T - centre).sum(axis=-1).T) / 12)).float()[None]
        for centre in ([8.5, 13.5, 15.5], [7.5, 15.5, 15.5])
    )
    found = laid_over(template, ball[None])
    np.testing.assert_allclose(found.shift[0].numpy(), [1, -2, 0], atol=0.1)


def test_the_template_of_moved_copies_is_as_sharp_as_the_shape():
    copies = torch.stack([blob(*move) for move in ((1, 2, 0), (-1, 0, 2), (0, -2, -2), (0, 0, 0))])
    template, found = template_of(copies)
    assert copies.mean(dim=0).max() < template.max()
    spread = (posed(copies, found) - template).square().sum()
    assert spread < 0.02 * (copies - copies.mean(dim=0)).square().sum()


def test_poses_found_at_half_resolution_hold_at_full():
    template, moved = blob(), blob(0.0, 2.0, -4.0)
    found = finer(laid_over(coarser(template[None])[0], coarser(moved[None])))
    np.testing.assert_allclose(found.shift[0].numpy(), [0, 2, -4], atol=0.2)
    assert (posed(moved[None], found)[0] - template).abs().max() < 0.1


def test_shapes_do_not_move_each_other():
    template = blob()
    both = torch.stack([blob(1.0), blob(0.0, 2.0)])
    together, alone = laid_over(template, both), laid_over(template, both[1:])
    torch.testing.assert_close(together.shift[1:], alone.shift, atol=1e-4, rtol=0)
