"""Windows of three slices, and the augmented set that is made of them once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.models.contract import TrainingSettings
from cardioprior.store import Record
from cardioprior.training.augmentation import IDENTITY
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting
from cardioprior.training.windows import Windows, augmented_members, padded, window_phase

CPU = torch.device("cpu")


def record(name: str, slices: list[float]) -> Record:
    """A volume whose every slice is filled with one number, its labels being the number's whole part."""
    image = np.repeat(np.array(slices, np.float32), 16 * 16).reshape(-1, 16, 16)
    return Record(name, {"image_ED": image, "labels_ED": image.astype(np.uint8)})


def first_pixels(images: torch.Tensor) -> list[list[float]]:
    return images[:, :, 0, 0].tolist()


def test_windows_move_by_one_slice_and_never_reach_into_the_next_subject():
    windows = Windows.of([record("a", [0, 1, 2, 3]), record("b", [10, 11, 12])], CPU)
    images, labels = windows.take(range(len(windows)))
    assert first_pixels(images) == [[0, 1, 2], [1, 2, 3], [10, 11, 12]]
    assert first_pixels(labels) == first_pixels(images)
    assert labels.dtype == torch.uint8


def test_windows_are_given_in_the_order_asked_for():
    windows = Windows.of([record("a", [0, 1, 2, 3])], CPU)
    assert first_pixels(windows.take([1, 0, 1])[0]) == [[1, 2, 3], [0, 1, 2], [1, 2, 3]]


@pytest.mark.parametrize(("slices", "window"), [([1], [1, 1, 1]), ([1, 2], [1, 2, 2])])
def test_a_short_volume_is_filled_up_with_its_last_slice(slices, window):
    windows = Windows.of([record("a", slices)], CPU)
    assert first_pixels(windows.take([0])[0]) == [window]
    assert len(windows) == 1


def test_a_volume_of_three_slices_is_not_padded():
    volume = np.arange(3.0).reshape(3, 1, 1)
    np.testing.assert_array_equal(padded(volume), volume)


def test_the_papers_2045_windows_become_8340():
    members, transforms = augmented_members(2045, seed=0)
    assert len(members) == len(transforms) == 8340


@pytest.mark.parametrize("windows", [1, 10, 300])
def test_every_window_is_there_as_it_is_and_drawn_four_times_at_most(windows):
    members, transforms = augmented_members(windows, seed=1)
    assert members[:windows] == list(range(windows))
    np.testing.assert_array_equal(transforms[:windows], np.tile(IDENTITY, (windows, 1)))
    assert len(members) == pytest.approx(windows * 8340 / 2045, abs=0.5)
    assert max(Counter(members[windows:]).values()) <= 4


def test_augmented_windows_differ_from_one_another_and_by_seed():
    _, transforms = augmented_members(20, seed=1)
    assert len(np.unique(transforms[20:], axis=0)) == len(transforms) - 20
    assert not np.array_equal(transforms, augmented_members(20, seed=2)[1])
    np.testing.assert_array_equal(transforms, augmented_members(20, seed=1)[1])


class Oracle(nn.Module):
    """Reads the label off the image: class k where the image is k."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        classes = torch.arange(4).reshape(1, 4, 1, 1, 1)
        return -100 * (images - classes).abs() + 0 * self.unused


def phase_on(train: list[Record], validation: list[Record]):
    setting = Setting(tuple(train), tuple(validation), {}, CPU, seed=0, stream=())
    return window_phase(
        Oracle(), setting, TrainingSettings(epochs=1, batch_size=2, learning_rate=1.0, schedule="constant")
    )


def test_image_and_labels_are_augmented_alike_so_that_an_oracle_loses_little():
    square = np.zeros((3, 32, 32), np.float32)
    square[:, 8:24, 6:20] = 3
    truth = Record("a", {"image_ED": square, "labels_ED": square.astype(np.uint8)})
    loss = phase_on([truth], []).updates[0].loss
    plain, augmented = (loss(Batch((member,), 0, 0, np.random.default_rng(0)))["loss"].item() for member in (0, 1))
    # classes 1 and 2 do not occur: their weights, .6, are lost in every batch
    assert plain == pytest.approx(0.6, abs=1e-5)
    assert plain < augmented < 0.66


def test_the_validation_loss_is_the_mean_over_windows_whatever_the_last_batch():
    """Three windows in batches of two: the last counts one third. All classes there: 0; one class of four: less."""
    quarters = np.zeros((3, 16, 16), np.float32)
    quarters[:, :8, 8:], quarters[:, 8:, :8], quarters[:, 8:, 8:] = 1, 2, 3
    all_classes = Record("a", {"image_ED": np.tile(quarters, (2, 1, 1))[:4], "labels_ED": np.tile(
        quarters.astype(np.uint8), (2, 1, 1))[:4]})  # fmt: skip
    background = record("b", [0, 0, 0])
    phase = phase_on([all_classes], [all_classes, background])
    with torch.no_grad():
        assert phase.validate()["loss"] == pytest.approx((0 + 0 + 0.9) / 3, abs=1e-5)


def test_without_validation_subjects_there_is_no_validation_loss():
    assert phase_on([record("a", [0, 1, 2])], []).validate() == {}
