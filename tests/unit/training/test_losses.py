"""Losses worked by hand on two classes and four positions, and against torch."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from cardioprior.training.losses import weighted_cross_entropy, weighted_dice_loss

HALF = (0.5, 0.5)


def logits_of(probabilities: list) -> torch.Tensor:
    return torch.tensor(probabilities).log()


def certain(target: torch.Tensor, classes: int) -> torch.Tensor:
    return 100.0 * functional.one_hot(target, classes).movedim(-1, 1)


def test_a_perfect_prediction_of_all_classes_costs_nothing():
    target = torch.tensor([[0, 1, 2, 1], [2, 2, 1, 0]])
    for over_batch in (False, True):
        loss = weighted_dice_loss(certain(target, 3), target, (0.2, 0.3, 0.5), over_batch)
        assert loss.item() == pytest.approx(0, abs=1e-6)
    assert weighted_cross_entropy(certain(target, 3), target, (100, 100, 1)).item() == pytest.approx(0, abs=1e-6)


def test_a_prediction_that_is_wrong_everywhere_costs_one():
    target = torch.tensor([[0, 1, 0, 1]])
    assert weighted_dice_loss(certain(1 - target, 2), target, HALF).item() == pytest.approx(1, abs=1e-6)


def test_one_case_by_hand():
    """Class 1 is true at one of two positions, given .75 there and .25 elsewhere: overlap .75 of a total of 2."""
    logits = logits_of([[[0.25, 0.75], [0.75, 0.25]]])
    target = torch.tensor([[1, 0]])
    assert weighted_dice_loss(logits, target, HALF).item() == pytest.approx(1 - 2 * 0.75 / 2, abs=1e-6)


def test_a_class_counts_by_its_weight():
    """Two of four positions are class 1; one is found. Dice of class 0 is 4/5, of class 1 is 2/3."""
    target, found = torch.tensor([[0, 0, 1, 1]]), torch.tensor([[0, 0, 0, 1]])
    for weights in ((0.1, 0.9), (0.9, 0.1)):
        wanted = 1 - weights[0] * 4 / 5 - weights[1] * 2 / 3
        assert weighted_dice_loss(certain(found, 2), target, weights).item() == pytest.approx(wanted, abs=1e-6)


def test_a_class_that_a_case_lacks_is_lost_in_the_mean_over_cases_and_not_over_the_batch():
    """The first case has no class 1: its own Dice of it is 0 however well it does; over the batch all is perfect."""
    target = torch.tensor([[0, 0], [0, 1]])
    perfect = certain(target, 2)
    assert weighted_dice_loss(perfect, target, HALF).item() == pytest.approx((0.5 + 0) / 2, abs=1e-6)
    assert weighted_dice_loss(perfect, target, HALF, over_batch=True).item() == pytest.approx(0, abs=1e-6)


def test_over_the_batch_is_the_batch_laid_end_to_end():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((3, 4, 2, 5), generator=generator)
    target = torch.randint(0, 4, (3, 2, 5), generator=generator)
    end_to_end = logits.movedim(1, 0).reshape(1, 4, -1)
    weights = (0.1, 0.3, 0.3, 0.3)
    over_batch = weighted_dice_loss(logits, target, weights, over_batch=True)
    torch.testing.assert_close(over_batch, weighted_dice_loss(end_to_end, target.reshape(1, -1), weights))
    mean = sum(weighted_dice_loss(logits[i : i + 1], target[i : i + 1], weights) for i in range(3)) / 3
    torch.testing.assert_close(weighted_dice_loss(logits, target, weights), mean)


def test_the_dice_loss_is_that_of_monai():
    """MONAI's loss with its own weights is the mean of weighted class losses, ours their sum, hence the factor."""
    losses = pytest.importorskip("monai.losses")
    generator = torch.Generator().manual_seed(2)
    logits = torch.randn((2, 3, 4, 5), generator=generator)
    target = torch.randint(0, 3, (2, 4, 5), generator=generator)
    weights = (0.2, 0.3, 0.5)
    for over_batch in (False, True):
        oracle = losses.DiceLoss(
            softmax=True, to_onehot_y=True, weight=[3 * w for w in weights], batch=over_batch,
            smooth_nr=0, smooth_dr=1e-12,
        )  # fmt: skip
        ours = weighted_dice_loss(logits, target, weights, over_batch)
        torch.testing.assert_close(ours, oracle(logits, target[:, None]), rtol=1e-5, atol=1e-6)


def test_cross_entropy_is_summed_over_positions_weighted_by_the_true_class_and_averaged_over_cases():
    logits = logits_of([[[0.5, 0.25], [0.25, 0.25], [0.25, 0.5]], [[0.125, 0.5], [0.375, 0.25], [0.5, 0.25]]])
    target = torch.tensor([[0, 2], [2, 1]])
    wanted = (100 * math.log(2) + 1 * math.log(2) + 1 * math.log(2) + 50 * math.log(4)) / 2
    assert weighted_cross_entropy(logits, target, (100, 50, 1)).item() == pytest.approx(wanted, rel=1e-6)


def test_losses_of_half_precision_logits_are_computed_in_single():
    target = torch.tensor([[0, 1, 1, 0]])
    logits = torch.randn((1, 2, 4), generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    for loss in (weighted_dice_loss, weighted_cross_entropy):
        assert loss(logits, target, HALF).dtype == torch.float32
        assert loss(logits, target, HALF).item() == loss(logits.float(), target, HALF).item()


def test_an_absent_class_gives_a_finite_gradient():
    logits = certain(torch.zeros((1, 4), dtype=torch.long), 2).requires_grad_()
    weighted_dice_loss(logits, torch.zeros((1, 4), dtype=torch.long), HALF).backward()
    assert torch.isfinite(logits.grad).all()
