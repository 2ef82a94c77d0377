"""Which subjects teach each part's models, and what autoencoders see of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cardioprior import registry
from cardioprior.models.contract import ModelRef
from cardioprior.models.shape_autoencoders import PARTS, WHOLE
from cardioprior.networks.shape_prior import ShapeAutoencoder
from cardioprior.store import Record
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.parts import Shapes, encoded, parts_of
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting

CPU = torch.device("cpu")
SIZE = (24, 24, 24)
DEALT = {"a": (0, 1), "b": (1, 1), "c": (0, 0), "d": (1, 0)}


def ball(radius: float) -> np.ndarray:
    """A ball of LV in a wall of 2 voxels."""
    distance = np.sqrt(((np.indices(SIZE) - 11.5) ** 2).sum(axis=0))
    return np.where(distance < radius, 1, np.where(distance < radius + 2, 2, 0)).astype(np.uint8)


def record(name: str, radius: float) -> Record:
    arrays = {"shape_ED": ball(radius), "shape_ES": ball(0.7 * radius)}
    return Record(name, arrays, {"spacing_mm": [4.0, 2.0, 2.0], "group": "DCM" if radius > 6 else "NOR"})


def setting(radii=(4.0, 5.0, 7.0, 8.0)) -> Setting:
    records = tuple(record(name, radius) for name, radius in zip("abcd", radii, strict=True))
    return Setting(records, (), {}, CPU, 0, ("s",), DEALT)


def model(condition: str, **changed):
    entry = registry.entry("models", "shape_autoencoders")
    training = {"epochs": 2, "batch_size": 2, "learning_rate": 1e-2, "schedule": "cosine"}
    default = {"width": 2, "maps": 2, "draws": 2, **training}
    return entry(entry.Settings(**{**default, **changed}), ModelRef("shape_autoencoders", "s", "c", "main", condition))


def test_a_part_is_tested_on_its_own_subjects_and_learns_from_all_others():
    found = {(part.draw, part.number): (part.train, part.test) for part in parts_of("abcd", DEALT, 2)}
    assert found == {(0, 0): ((1, 3), (0, 2)), (0, 1): ((0, 2), (1, 3)), (1, 0): ((0, 1), (2, 3)),
                     (1, 1): ((2, 3), (0, 1))}  # fmt: skip


def test_draws_beyond_those_wanted_are_left_out():
    assert {part.draw for part in parts_of("abcd", DEALT, 1)} == {0}
    assert len(parts_of("abcd", DEALT, 99)) == len(parts_of("abcd", DEALT, None)) == 4


def test_a_subject_without_shapes_is_in_no_part():
    assert [part.test for part in parts_of("acd", DEALT, 1)] == [(0, 1), (2,)]


def test_shapes_are_read_with_their_groups_and_spacing():
    shapes = Shapes.of(setting().train, CPU)
    assert shapes.labels.shape == (4, 2, *SIZE) and shapes.spacing_mm == (4.0, 2.0, 2.0)
    assert shapes.groups == ("NOR", "NOR", "DCM", "DCM")
    assert torch.equal(shapes.labels[2, 1], torch.from_numpy(ball(4.9)))


def test_there_is_a_network_and_a_phase_a_part_or_one_for_all():
    given = setting()
    parts = model(PARTS)
    networks = parts.build(parts.blueprint(given))
    assert sorted(networks) == ["autoencoder-0-0", "autoencoder-0-1", "autoencoder-1-0", "autoencoder-1-1"]
    for phase in parts.phases(networks, given):
        assert phase.updates[0].networks == [networks[phase.name]]
        assert {member for batch in phase.batches(0) for member in batch} == {
            0,
            1,
            2,
            3,
        }  # two subjects, two phases each
    whole = model(WHOLE)
    (phase,) = whole.phases(whole.build(whole.blueprint(given)), given)
    assert {member for batch in phase.batches(0) for member in batch} == set(range(8))


def weights(radii, tmp_path, name: str) -> dict[str, torch.Tensor]:
    """Of the autoencoder of part 0 in draw 0 (which tests a and c), trained on some radii."""
    given = setting(radii)
    parts = model(PARTS, draws=1, epochs=1)
    torch.manual_seed(0)
    networks = parts.build(parts.blueprint(given))
    train(networks, parts.phases(networks, given), tmp_path / f"{name}.pt", 0, LoopSettings("fp32", 1e9))
    return networks["autoencoder-0-0"].state_dict()


def test_the_subjects_that_a_part_tests_teach_its_autoencoder_nothing(tmp_path):
    one = weights((4.0, 5.0, 7.0, 8.0), tmp_path, "one")
    others_tested = weights((9.0, 5.0, 3.0, 8.0), tmp_path, "two")
    others_taught = weights((4.0, 6.0, 7.0, 8.0), tmp_path, "three")
    assert all(torch.equal(one[key], others_tested[key]) for key in one)
    assert not all(torch.equal(one[key], others_taught[key]) for key in one)


def test_codes_are_those_of_each_shape_alone():
    torch.manual_seed(0)
    autoencoder = ShapeAutoencoder(2, 3, SIZE).eval()
    labels = Shapes.of(setting().train, CPU).labels
    codes = encoded(autoencoder, labels)
    assert codes.shape == (4, 2, 64) and not codes.requires_grad
    torch.testing.assert_close(encoded(autoencoder, labels[2:3]), codes[2:3])


@pytest.mark.slow
def test_balls_of_other_sizes_are_learnt(tmp_path):
    given = setting()
    whole = model(WHOLE, width=8, epochs=150, learning_rate=5e-3)
    torch.manual_seed(0)
    networks = whole.build(whole.blueprint(given))
    outcome = train(networks, whole.phases(networks, given), tmp_path / "c.pt", 0, LoopSettings("fp32", 1e9))
    losses = [row.value for row in outcome.rows]
    assert losses[-1] < 0.3 * losses[0]


def test_an_affine_move_keeps_labels_labels():
    given = setting()
    whole = model(WHOLE)
    networks = whole.build(whole.blueprint(given))
    (phase,) = whole.phases(networks, given)
    losses = [phase.updates[0].loss(Batch((0, 1), 0, 0, np.random.default_rng(seed)))["loss"] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]
