"""What super-resolution is trained on, and by what."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior import registry
from cardioprior.imaging.thick_slices import thick_slices
from cardioprior.models.contract import ModelRef
from cardioprior.networks.shape_prior import CodePredictor
from cardioprior.store import Record
from cardioprior.training import pairs
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting
from cardioprior.training.super_resolution import Images, constrained, smooth, synthetic_stack

CPU = torch.device("cpu")
SIZE = 24


def record(name: str, radius: float = 7.0, own: int = 12, thin: int = 24) -> Record:
    """A bright ball; 12 thick slices, of which the subject's stack has `own`, and 24 thin ones of 2 mm."""
    z, y, x = np.indices((thin, SIZE, SIZE)) - np.array([thin / 2 - 0.5, 11.5, 11.5])[:, None, None, None]
    ball = (np.sqrt(z**2 + y**2 + x**2) < radius).astype(np.float32)
    affine = np.diag([2.0, 2.0, 2.0, 1.0]).tolist()
    meta = {"grid": {"shape_zyx": [thin, SIZE, SIZE], "affine": affine}, "native": {"shape_zyx": [own, 40, 40]}}
    image = 0.2 + 0.8 * ball
    return Record(name, {"image": image[::2].copy(), "image_hr": image, "labels": ball.astype(np.uint8)}, meta)


def setting(*names: str, dependencies=None) -> Setting:
    records = tuple(record(name, 6 + n) for n, name in enumerate(names))
    return Setting(records, records[:1], dependencies or {}, CPU, 0, ("s",))


def batch(*members: int, seed: int = 0) -> Batch:
    return Batch(members, 0, 0, np.random.default_rng(seed))


# --- data


def test_a_synthetic_stack_is_the_blurred_image_from_its_smallest_to_its_largest_value():
    found = synthetic_stack(record("a"))
    blurred = thick_slices(record("a").arrays["image_hr"], 2, 2.0)
    assert (found.min(), found.max()) == (0, 1)
    np.testing.assert_allclose(np.corrcoef(found.ravel(), blurred.ravel())[0, 1], 1, atol=1e-6)


def test_slices_that_the_subjects_own_stack_lacks_are_empty():
    found = synthetic_stack(record("a", own=9))  # one of the three is lacking at the front, two at the back
    assert [bool(one.any()) for one in found] == [False] + [True] * 9 + [False] * 2


def test_slices_that_the_image_does_not_fill_are_empty():
    given = record("a")
    given.arrays["image_hr"][:3] = 0  # the first thick slice and half of the second
    assert [bool(one.any()) for one in synthetic_stack(given)] == [False] * 2 + [True] * 10


def test_slices_move_and_the_image_does_not(monkeypatch):
    monkeypatch.setattr(pairs, "NOISE_SD", 0.0)
    data = Images.of([record("a"), record("b")], CPU)
    stacks, images = data.moved(batch(1))
    assert torch.equal(images, data.images[[1]])
    middle = range(4, 8)
    centres = {tuple(torch.nonzero(stacks[0, z] > 0.7).float().mean(0).round().int().tolist()) for z in middle}
    assert len(centres) > 1
    again, _ = data.moved(batch(1))
    other, _ = data.moved(batch(1, seed=1))
    assert torch.equal(stacks, again) and not torch.equal(stacks, other)


def test_still_slices_differ_by_noise_alone(monkeypatch):
    monkeypatch.setattr(pairs, "SLICE_ROTATION_DEG", 0.0)
    monkeypatch.setattr(pairs, "SLICE_SHIFT_MM", 0.0)
    data = Images.of([record("a")], CPU)
    noise = data.moved(batch(0))[0] - data.synthetic
    assert noise.std().item() == pytest.approx(pairs.NOISE_SD, rel=0.05)


# --- losses


class Even(nn.Module):
    """Gives one value everywhere, on twice the slices."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, stacks: torch.Tensor) -> torch.Tensor:
        return self.value.expand(len(stacks), 1, 2 * stacks.shape[2], *stacks.shape[3:])


class Total(nn.Module):
    """The code of an image is its sum, and minus it."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        total = images.sum(dim=(1, 2, 3, 4))
        return torch.stack([total, -total], dim=1)


STACKS, IMAGES = torch.zeros(2, 3, 2, 2), torch.zeros(2, 6, 2, 2)


@pytest.mark.parametrize(("off", "of_a_voxel"), [(0.5, 0.125), (3.0, 2.5)])
def test_smooth_l1_is_half_the_square_below_one_and_linear_above_and_summed_over_24_voxels(off, of_a_voxel):
    assert smooth(Even(off))(STACKS, IMAGES)["loss"].item() == pytest.approx(24 * of_a_voxel)


def test_the_prior_adds_a_hundredth_of_the_squared_distance_of_predicted_codes():
    """Sums are off by 24 x .5 = 12 in both entries of the code."""
    found = constrained(Even(0.5), Total())(STACKS, IMAGES)
    assert found["code"].item() == pytest.approx(2 * 12**2)
    assert found["loss"].item() == pytest.approx(24 * 0.125 + 0.01 * 2 * 12**2)


def test_the_prior_moves_the_network_and_stays_itself():
    torch.manual_seed(0)
    predictor = CodePredictor(8, (24, SIZE, SIZE)).eval().requires_grad_(False)
    network = Even(0.4)
    images = torch.from_numpy(record("a").arrays["image_hr"])[None]
    constrained(network, predictor)(images[:, ::2], images)["code"].backward()
    assert network.value.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in predictor.parameters())


# --- models


def model(condition: str, **settings):
    entry = registry.entry("models", "super_resolution")
    given = {"width": 0.1, "epochs": 1, "batch_size": 2, "learning_rate": 1e-2, "schedule": "cosine", **settings}
    return entry(entry.Settings(**given), ModelRef("super_resolution", "s", "c", "fold-0", condition))


def test_the_prior_of_super_resolution_sees_high_resolution_images():
    with_prior, without = model("acnn-sr"), model("acnn-sr-without-prior")
    (prior,) = with_prior.depends_on(with_prior.ref)
    assert (prior.id, prior.study, prior.fold) == ("shape_prior@high-resolution", "s", "fold-0")
    assert without.depends_on(without.ref) == ()
    entry = registry.entry("models", "shape_prior")
    assert entry(None, prior).arrays == ("image_hr", "labels")
    assert "image_hr" not in entry(None, prior.sibling("shape_prior")).arrays


def test_its_predictor_is_trained_on_images_as_they_are():
    records = setting("a").train
    data = pairs.Pairs.of(records, CPU, {"image_hr": "labels"})
    assert data.factor == 1
    assert torch.equal(data.upsampled, torch.from_numpy(records[0].arrays["image_hr"])[None])


def test_segmentation_behind_super_resolution_learns_from_its_images():
    """The row takes its own study's network: none that was trained on whom the study tests."""
    entry = registry.entry("models", "stack_segmentation")
    ref = ModelRef("stack_segmentation", "acnn_segmentation", "c", "fold-1", "sr-then-unet")
    (needed,) = entry.depends_on(ref)
    assert needed == ModelRef("super_resolution", "acnn_segmentation", "c", "fold-1", "acnn-sr")
    settings = entry.Settings(width=0.1, epochs=1, batch_size=1, learning_rate=1e-3, schedule="constant")
    given = setting("a", dependencies={needed.id: {"super_resolution": Even(0.25)}})
    networks = entry.build(entry(settings, ref).blueprint(given))
    seen = []
    networks["segmentation"].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    (phase,) = entry(settings, ref).phases(networks, given)
    loss = phase.updates[0].loss(batch(0))["loss"]
    assert seen[0].shape == (1, 1, 24, SIZE, SIZE)
    assert seen[0][0, 0, 12, 12, 12].item() == pytest.approx(0.25, abs=0.1)
    loss.backward()
    assert given.dependencies[needed.id]["super_resolution"].value.grad is None


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["acnn-sr-without-prior", "3d-unet", "sr-cnn"])
def test_images_are_learnt(condition: str, tmp_path):
    given = setting("a", "b")
    learner = model(condition, epochs=40)
    torch.manual_seed(0)
    networks = learner.build(learner.blueprint(given))
    outcome = train(networks, learner.phases(networks, given), tmp_path / "c.pt", 0, LoopSettings("fp32", 1e9))
    losses = [row.value for row in outcome.rows if (row.split, row.name) == ("train", "loss")]
    assert losses[-1] < 0.3 * losses[0]
