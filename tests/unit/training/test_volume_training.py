"""What the regression U-net learns from: ED images, LV volumes, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.models.volume_regressor import Model
from cardioprior.networks.volume_regressor import Regression, ScanningModule
from cardioprior.store import Record
from cardioprior.training import batches
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting
from cardioprior.training.volumes import Cases, activity, augmented, regression_losses, volume_phase

CPU = torch.device("cpu")
SIZE = 32


class Settings:
    epochs, batch_size, learning_rate, schedule = 3, 2, 0.1, "constant"


class Bright(nn.Module):
    """Its map is the image itself, its bottleneck the brightest value of each slice, negated."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))
        self.scan = ScanningModule(9)
        self.seen: list[torch.Tensor] = []

    def forward(self, image: torch.Tensor) -> Regression:
        self.seen.append(image)
        cam = image[:, 0] + 0 * self.unused
        return Regression(cam, self.scan(cam), -image.amax(dim=(-2, -1), keepdim=True))


def square(side: int, slices: int = 1) -> np.ndarray:
    image = np.zeros((slices, SIZE, SIZE), np.float32)
    image[:, 12 : 12 + side, 10 : 10 + side] = 1
    return image


def record(name: str, image: np.ndarray, volume_ml: float, voxel_volume_ml: float = 0.04) -> Record:
    meta = {"voxel_volume_ml": voxel_volume_ml, "volumes_ml": {"ED": {"LV": volume_ml}}}
    return Record(name, {"image_ED": image}, meta)


def phase_of(network: nn.Module, *train: Record, validation: tuple[Record, ...] = ()):
    return volume_phase(network, Setting(train, validation, {}, CPU, seed=4, stream=()), Settings)


def test_the_model_reads_the_image_and_never_the_labels():
    assert Model.arrays == ("image_ED",)


def test_a_case_is_an_image_a_volume_and_the_size_of_its_voxels():
    cases = Cases.of([record("a", square(4), 120.0), record("b", square(6), 80.0, 0.008)], CPU)
    images, true_ml, voxel_volume_ml = cases.take([1, 0])
    assert images.sum(dim=(1, 2, 3)).tolist() == [36, 16]
    assert true_ml.tolist() == [80, 120]
    assert voxel_volume_ml.tolist() == pytest.approx([0.008, 0.04])


def test_the_loss_is_that_of_eq_6_1():
    """Two slices of 4 x 4 pixels are 32 x .04 = 1.28 ml where 3 are true; pi is 4; the map sums to 32, the bottleneck,
    -1 in each slice, to 2."""
    losses = phase_of(Bright(), record("a", square(4, 2), 3.0)).updates[0].loss(Batch((0,), 0, 0, None))
    assert losses["volume_ml"].item() == pytest.approx(1.72)
    assert losses["pi"].item() == pytest.approx(4 - math.pi)
    assert (losses["cam_l1"].item(), losses["bottleneck_l1"].item()) == (32, 2)
    assert losses["loss"].item() == pytest.approx(1.72 + 100 * (4 - math.pi) + 1e-3 * 34)


def test_errors_of_a_batch_are_averaged_without_their_signs():
    """.64 ml is read off both; 1.64 and .14 are true."""
    images = torch.from_numpy(np.stack([square(4), square(4)]))
    losses = regression_losses(Bright()(images[:, None]), torch.tensor([1.64, 0.14]), torch.tensor([0.04, 0.04]))
    assert losses["volume_ml"].item() == pytest.approx((1.0 + 0.5) / 2)


def test_slices_without_lv_have_no_say_in_pi():
    """Of three slices one is empty and one is faint: pi is 4 in the one left, not the mean of three."""
    image = square(4, 3)
    image[1], image[2] = 0, 0.4
    losses = regression_losses(Bright()(torch.from_numpy(image)[None, None]), torch.zeros(1), torch.ones(1))
    assert losses["pi"].item() == pytest.approx(4 - math.pi)


def test_where_no_slice_holds_lv_pi_costs_nothing_and_the_loss_is_finite():
    losses = regression_losses(Bright()(torch.zeros(1, 1, 2, SIZE, SIZE)), torch.full((1,), 9.0), torch.ones(1))
    assert losses["pi"].item() == 0
    assert losses["loss"].item() == pytest.approx(9.0)


def test_activity_is_summed_over_features_and_averaged_over_cases():
    features = torch.tensor([[[1.0, -2.0]], [[0.0, 5.0]]])
    assert activity(features).item() == (3 + 5) / 2


def test_every_batch_is_followed_by_one_of_copies_and_both_have_all_members():
    epoch_batches = batches.with_copies([8, 8, 8, 8, 9, 9], 2, seed=1)
    for epoch in range(3):
        plain, copies = epoch_batches(epoch)[::2], epoch_batches(epoch)[1::2]
        assert len(plain) == len(copies) == 3
        assert sorted(m for batch in plain for m in batch) == list(range(6))
        assert sorted(m for batch in copies for m in batch) == list(range(6, 12))
        assert all(len({m // 4 for m in batch}) == 1 for batch in plain)
    assert [epoch_batches(0), epoch_batches(1)] != [epoch_batches(1), epoch_batches(0)]


def test_copies_are_drawn_apart_from_the_members_themselves():
    epoch_batches = batches.with_copies([8] * 20, 5, seed=1)
    pairs = zip(epoch_batches(0)[::2], epoch_batches(0)[1::2], strict=True)
    assert any(set(batch) != {m - 20 for m in copies} for batch, copies in pairs)


def test_cases_and_copies_left_over_come_first_in_the_next_epoch():
    """Of 7 cases in batches of 3 one is left over, once among the cases and once among the copies."""
    epoch_batches = batches.with_copies([8] * 7, 3, seed=0)
    for which, first in ((0, 0), (1, 7)):
        seen = {m for batch in epoch_batches(0)[which::2] for m in batch}
        (left,) = set(range(first, first + 7)) - seen
        assert left in epoch_batches(1)[which]


def test_a_batch_of_cases_is_taken_as_it_is_and_one_of_copies_is_augmented():
    network = Bright()
    loss = phase_of(network, record("a", square(6), 1.0), record("b", square(4), 1.0)).updates[0].loss
    loss(Batch((1, 0), 0, 0, np.random.default_rng(0)))
    loss(Batch((3, 2), 0, 1, np.random.default_rng(0)))
    plain, copies = network.seen
    np.testing.assert_array_equal(plain[:, 0, 0], np.concatenate([square(4), square(6)]))
    assert not torch.equal(plain, copies)
    assert copies[1].sum() > copies[0].sum()


def test_noise_is_brighter_than_nothing_by_035_and_scatters_by_01():
    noise = augmented(torch.zeros(2, 4, 64, 64), np.random.default_rng(0))
    assert noise.mean().item() == pytest.approx(0.035, abs=2e-4)
    assert noise.std().item() == pytest.approx(0.01, abs=2e-4)


def test_augmentation_keeps_the_area_so_that_the_volume_stays_true():
    image = torch.zeros(40, 1, 88, 88)
    image[..., 38:50, 36:52] = 1
    areas = (augmented(image, np.random.default_rng(0)) - 0.035).sum(dim=(1, 2, 3))
    np.testing.assert_allclose(areas, 12 * 16, rtol=0.05)


def test_slices_of_a_stack_move_together():
    moved = augmented(torch.from_numpy(square(8, 2))[None], np.random.default_rng(3))[0]
    np.testing.assert_allclose(moved[0], moved[1], atol=0.1)  # each slice has noise of its own
    assert moved[0].max() > 0.9


def test_the_validation_losses_are_means_over_cases_of_any_slice_count():
    """.64 and 1.28 ml are read where 1.64 and 1.28 are true."""
    right, wrong = record("a", square(4, 2), 1.28), record("b", square(4), 1.64)
    with torch.no_grad():
        found = phase_of(Bright(), right, validation=(right, wrong)).validate()
    assert found["volume_ml"] == pytest.approx(0.5)
    assert found["pi"] == pytest.approx(4 - math.pi)
    assert found["loss"] == pytest.approx(0.5 + 100 * (4 - math.pi) + 1e-3 * (34 + 17) / 2)


def test_without_validation_subjects_there_is_no_validation_loss_and_the_last_epoch_is_kept():
    phase = phase_of(Bright(), record("a", square(4), 1.0))
    assert phase.validate() == {} and phase.keep == "last"
