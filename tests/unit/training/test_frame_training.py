"""Cines of a few frames: who is ES, who is ED, and that a delay moves both with the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.store import Record
from cardioprior.training import frames
from cardioprior.training.augmentation import IDENTITY
from cardioprior.training.frames import COPIES, ED, ES, OTHER, frame_phase, target_of, transformed_copies
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting

RNG = np.random.default_rng(0)


class Settings:
    epochs, batch_size, learning_rate, schedule = 3, 2, 0.1, "constant"


class Reader(nn.Module):
    """Reads the class of a frame off its brightest pixel: 1 is ES, 2 is ED, else neither."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, cines: torch.Tensor) -> torch.Tensor:
        brightest = cines.amax(dim=(1, 3, 4)).round()
        value_of_class = torch.tensor([1.0, 2.0, 0.0]).reshape(1, 3, 1)
        return -200 * (brightest[:, None] - value_of_class).abs() + 0 * self.unused


def cine(name: str, length: int, es: int, ed: int) -> Record:
    images = np.zeros((length, 32, 32), np.float32)
    images[es, 12:20, 12:20], images[ed, 12:20, 12:20] = 1, 2
    return Record(name, {"cine": images, "phases": np.array([es, ed])})


def phase_of(loss: str, *train: Record, validation: tuple[Record, ...] = (), copies="fixed", network=None):
    setting = Setting(train, validation, {}, torch.device("cpu"), seed=4, stream=())
    return frame_phase(network or Reader(), setting, loss, Settings, copies)


def test_all_frames_are_others_but_two():
    assert target_of(np.array([2, 0]), 5).tolist() == [ED, OTHER, ES, OTHER, OTHER]


def test_every_cine_has_seven_copies_delayed_by_less_than_two_fifths_of_its_cycle():
    lengths = [20, 35] * 200
    draws, delays = transformed_copies(176, lengths, np.random.default_rng(0))
    assert draws.shape == (400, 5)
    for length in (20, 35):
        its_delays = [delay for frames, delay in zip(lengths, delays, strict=True) if frames == length]
        assert min(its_delays) == 0
        assert max(its_delays) == round(0.4 * length) - 1
    members = {
        member for batch in phase_of("wdl", cine("a", 6, 2, 0), cine("b", 6, 2, 0)).batches(0) for member in batch
    }
    assert members == set(range(2 * 7)) and COPIES == 7


def test_copies_are_shifted_by_up_to_a_quarter_of_the_image_and_not_zoomed():
    draws, _ = transformed_copies(176, [20] * 700, np.random.default_rng(0))
    assert 43 < abs(draws[:, 3:]).max() <= 44
    np.testing.assert_array_equal(draws[:, 2], IDENTITY[2])
    assert abs(np.rad2deg(draws[:, 0])).max() == pytest.approx(20, abs=0.3)
    assert abs(np.rad2deg(draws[:, 1])).max() == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("loss", ["wce", "wdl"])
def test_delayed_or_not_the_target_stays_with_the_image(loss):
    phase = phase_of(loss, cine("a", 10, es=4, ed=0))
    for member in range(COPIES):
        batch = Batch((member,), 0, 0, RNG)
        assert phase.updates[0].loss(batch)["loss"].item() == pytest.approx(0, abs=1e-4)
    assert len({frame for frame, _ in seen_in_epochs("fixed", 1)}) > 1


def seen_in_epochs(copies: str, epochs: int) -> list[tuple[int, bytes]]:
    """Of every copy of a cine in every epoch: the frame where ED went, and the images."""
    seen = []

    class Watched(Reader):
        def forward(self, cines):
            seen.append((int(cines[0, 0].amax((1, 2)).argmax()), cines.numpy().tobytes()))
            return super().forward(cines)

    phase = phase_of("wdl", cine("a", 10, es=4, ed=0), copies=copies, network=Watched())
    for epoch in range(epochs):
        for member in range(COPIES):
            phase.updates[0].loss(Batch((member,), epoch, 0, RNG))
    return seen


def test_fixed_copies_are_the_same_in_every_epoch_and_fresh_ones_are_not():
    fixed, fresh = seen_in_epochs("fixed", 2), seen_in_epochs("fresh", 2)
    assert fixed[:COPIES] == fixed[COPIES:] == fresh[:COPIES]
    assert not set(fresh[:COPIES]) & set(fresh[COPIES:])
    assert fresh == seen_in_epochs("fresh", 2)


def test_a_batch_stacks_cines_of_equal_length_only():
    phase = phase_of("wdl", cine("a", 6, 2, 0), cine("b", 8, 3, 0), cine("c", 6, 1, 0))
    long = set(range(COPIES, 2 * COPIES))
    for epoch in range(3):
        for members in phase.batches(epoch):
            assert set(members) <= long or not long & set(members)
            phase.updates[0].loss(Batch(members, epoch, 0, RNG))


def test_the_validation_loss_is_the_mean_over_cines_as_they_are():
    """One cine is read rightly; in the other ES and ED are dark, so that .9 of the weighted Dice is lost."""
    right, dark = cine("a", 6, 2, 0), cine("b", 8, 3, 0)
    dark.arrays["cine"][:] = 0
    phase = phase_of("wdl", right, validation=(right, dark))
    lost = 1 - 2 * 0.1 * 6 / (6 + 8)
    with torch.no_grad():
        assert phase.validate()["loss"] == pytest.approx(lost / 2, abs=1e-5)


def test_the_epoch_of_the_lowest_validation_loss_is_kept():
    assert phase_of("wce", cine("a", 6, 2, 0)).keep == "best"


def test_the_weights_are_the_papers():
    assert frames.LOSSES["wce"][1] == (100, 100, 1)
    assert frames.LOSSES["wdl"][1] == (0.45, 0.45, 0.1)
    assert sum(frames.LOSSES["wdl"][1]) == pytest.approx(1)
