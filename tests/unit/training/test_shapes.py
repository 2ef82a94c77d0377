"""What ACNN's networks are trained on, and by what."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior import registry
from cardioprior.errors import CardioPriorError
from cardioprior.models.contract import ModelRef
from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
from cardioprior.store import Record
from cardioprior.training import pairs, shapes, stacks
from cardioprior.training.augmentation import AffineRange
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.pairs import Pairs, classes_of, on_thin_slices, one_hot, slices_moved
from cardioprior.training.phase import Batch
from cardioprior.training.setting import Setting
from cardioprior.training.shapes import code_distance, disturbed, tl_phases

CPU = torch.device("cpu")
SIZE = 24
STILL = AffineRange()


def record(name: str, radius: float = 6.0) -> Record:
    """A ball of LV in a shell of muscle, bright in the image; 12 thick slices, 24 thin ones."""
    z, y, x = np.indices((24, SIZE, SIZE)) - 11.5
    distance = np.sqrt(z**2 + y**2 + x**2)
    labels = np.where(distance < radius, 1, np.where(distance < radius + 3, 2, 0)).astype(np.uint8)
    image = (labels[::2] == 1).astype(np.float32)
    return Record(
        name,
        {"image": image, "labels": labels},
        {"grid": {"shape_zyx": [24, SIZE, SIZE], "affine": np.diag([2.0, 2.0, 5.0, 1.0]).tolist()}},
    )


def volumes(name: str) -> Record:
    """The same ball at ED and a smaller one at ES, LV alone, on isotropic voxels of 2 mm."""
    arrays = {}
    for phase, radius in (("ED", 6.0), ("ES", 4.0)):
        labels = (record(name, radius).arrays["labels"] == 1).astype(np.uint8)
        arrays |= {f"image_{phase}": labels.astype(np.float32), f"labels_{phase}": labels}
    return Record(name, arrays, {"grid": {"shape_zyx": [24, SIZE, SIZE], "affine": np.diag([2.0] * 3 + [1]).tolist()}})


def setting(*names: str, dependencies=None) -> Setting:
    records = tuple(record(name, 5 + n) for n, name in enumerate(names))
    return Setting(records, records[:1], dependencies or {}, CPU, 0, ("s",))


def batch(*members: int, seed: int = 0) -> Batch:
    return Batch(members, 0, 0, np.random.default_rng(seed))


# --- data


def test_thin_slices_in_the_middle_of_a_thick_one_are_that_slice():
    thick = torch.rand(1, 4, 3, 3)
    thin = on_thin_slices(thick, 5)
    assert thin.shape == (1, 20, 3, 3)
    assert torch.allclose(thin[:, 2::5], thick, atol=1e-6)
    # a fifth of the way on to the next slice
    assert torch.allclose(thin[0, 3], 0.8 * thick[0, 0] + 0.2 * thick[0, 1], atol=1e-6)


def test_a_pair_moves_together(monkeypatch):
    """Without noise, the image of a moved ball is bright where its label went."""
    monkeypatch.setattr(pairs, "NOISE_SD", 0.0)
    data = Pairs.of([record("a")], CPU)
    for seed in range(5):
        labels, images = data.moved(data.images, batch(0, seed=seed))
        assert not torch.equal(labels, data.labels)
        bright = images > 0.5
        lv = labels[:, ::2] == 1
        assert (bright & lv).sum() / (bright | lv).sum() > 0.9


def test_every_labelled_frame_of_a_record_is_a_case():
    data = Pairs.of([volumes("a"), volumes("b")], CPU)
    assert (len(data), data.factor, data.isotropic) == (4, 1, True)
    sizes = data.labels.flatten(1).sum(1).tolist()
    assert sizes[0] == sizes[2] > sizes[1] == sizes[3]
    assert not Pairs.of([record("a")], CPU).isotropic
    unlabelled = Record("c", {"image_ED": np.zeros((2, 2, 2)), "image_hr": np.zeros((2, 2, 2))}, {})
    with pytest.raises(CardioPriorError, match="c: has image_ED, image_hr; wanted one of image, image_ED, image_ES"):
        Pairs.of([unlabelled], CPU)


def test_isotropic_volumes_move_along_z_too_with_their_labels(monkeypatch):
    monkeypatch.setattr(pairs, "NOISE_SD", 0.0)
    data = Pairs.of([volumes("a")], CPU)
    places = []
    for seed in range(5):
        labels, images = data.moved(data.images, batch(0, seed=seed))
        bright, lv = images > 0.5, labels == 1
        assert (bright & lv).sum() / (bright | lv).sum() > 0.8
        places.append(torch.nonzero(lv[0]).float().mean(0)[0].item())
    assert np.std(places) > 0.3


def test_classes_are_those_of_the_labels():
    assert classes_of([record("a")]) == 3
    assert classes_of([volumes("a")]) == 2


def test_slices_that_move_on_their_own_leave_their_labels_behind(monkeypatch):
    monkeypatch.setattr(pairs, "NOISE_SD", 0.0)
    monkeypatch.setattr(pairs, "AUGMENTATION", STILL)
    monkeypatch.setattr(pairs, "SHIFT_MM", 0.0)
    data = Pairs.of([record("a")], CPU)
    labels, images = data.moved(data.images, batch(0), slice_motion=True)
    assert torch.equal(labels, data.labels)
    middle = range(4, 8)
    moves = {tuple(torch.nonzero(images[0, z] > 0.5).float().mean(0).round().int().tolist()) for z in middle}
    assert len(moves) > 1


def test_slices_move_by_at_most_five_millimetres_each_way():
    stack = torch.zeros(1, 200, 64, 64)
    stack[:, :, 31:33, 31:33] = 1
    moved = slices_moved(stack, 1.0, np.random.default_rng(0))
    where = torch.stack([torch.nonzero(one > 0.3).float().mean(0) for one in moved[0]]) - 31.5
    assert 4 < where.abs().max() < 5.6


def test_a_tenth_of_the_voxels_have_another_label_at_the_autoencoders_input():
    labels = torch.from_numpy(record("a").arrays["labels"])[None].repeat(4, 1, 1, 1)
    found = disturbed(labels, 3, np.random.default_rng(0))
    changed = found.argmax(1) != labels
    assert changed.float().mean().item() == pytest.approx(0.1, abs=0.01)
    noise = (found - one_hot(found.argmax(1), 3)).std().item()
    assert noise == pytest.approx(shapes.NOISE_SD, rel=0.05)
    assert {int(v) for v in found.argmax(1)[labels == 1].unique()} == {0, 1, 2}


# --- losses


def test_the_distance_of_codes_is_a_sum_of_squares_averaged_over_cases():
    one, other = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [0.0, 2.0]])
    assert code_distance(one, other).item() == pytest.approx((5 + 4) / 2)


class Certain(nn.Module):
    """Gives every voxel the same logits."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits, dtype=torch.float32))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        batch, _, z, y, x = images.shape
        return self.logits[None, :, None, None, None].expand(batch, -1, 2 * z, y, x)


class Volumes(nn.Module):
    """The code of a shape is how much of each class there is."""

    classes = 3

    def encode(self, shape: torch.Tensor) -> torch.Tensor:
        return shape.sum(dim=(2, 3, 4))


IMAGES, LABELS = torch.zeros(1, 1, 1, 2, 2), torch.zeros(1, 2, 2, 2, dtype=torch.uint8)


def test_cross_entropy_is_averaged_over_voxels():
    assert stacks.voxelwise(Certain(0, 0, 0))(IMAGES, LABELS)["loss"].item() == pytest.approx(math.log(3))


def test_the_prior_adds_a_hundredth_of_the_distance_of_codes():
    """All is background: even probabilities of a third are off by 8 - 8/3 in one class, by 8/3 in two."""
    found = stacks.constrained(Certain(0, 0, 0), Volumes())(IMAGES, LABELS)
    assert found["code"].item() == pytest.approx((16 / 3) ** 2 + 2 * (8 / 3) ** 2, rel=1e-5)
    assert found["loss"].item() == pytest.approx(math.log(3) + 0.01 * found["code"].item(), rel=1e-5)


def test_the_prior_moves_the_network_and_stays_itself():
    torch.manual_seed(0)
    prior = ShapeAutoencoder(8, 3, (24, SIZE, SIZE)).eval().requires_grad_(False)
    network = Certain(0.0, 0.0, 0.1)
    given = setting("a")
    images, labels = (torch.from_numpy(given.train[0].arrays[name])[None] for name in ("image", "labels"))
    stacks.constrained(network, prior)(images[:, None], labels)["code"].backward()
    assert network.logits.grad.abs().sum() > 0
    assert all(p.grad is None for p in prior.parameters())


def test_the_slice_network_learns_the_thin_slice_in_the_middle_of_each_thick_one():
    labels = torch.zeros(1, 5, 2, 2, dtype=torch.uint8)
    labels[:, 2] = 1

    class Same(Certain):
        def forward(self, images):
            return self.logits[None, :, None, None, None].expand(1, -1, 1, 2, 2)

    assert stacks.slicewise(Same(0, 20, 0), 5)(IMAGES, labels)["loss"].item() == pytest.approx(0, abs=1e-6)


# --- two classes


def test_networks_of_volumes_have_the_classes_of_their_labels_and_the_prior_takes_them():
    given = Setting((volumes("a"),), (), {}, CPU, 0, ("s",))
    built = {}
    for name, condition, settings in (
        (
            "shape_prior",
            "",
            {"autoencoder_width": 2, "predictor_width": 2, "maps": 2, "code_epochs": 1, "joint_epochs": 1},
        ),
        ("stack_segmentation", "acnn-seg", {"width": 0.1}),
    ):
        entry = registry.entry("models", name)
        training = {"epochs": 1, "batch_size": 2, "learning_rate": 1e-3, "schedule": "constant"}
        model = entry(entry.Settings(**training, **settings), ModelRef(name, "acnn_ultrasound", "c", "main", condition))
        built |= model.build(model.blueprint(given))
    data = Pairs.of(given.train, CPU)
    loss = stacks.constrained(built["segmentation"], built["autoencoder"])(data.images[:, None], data.labels)
    assert built["autoencoder"].classes == 2
    assert loss["entropy"].item() == pytest.approx(math.log(2), abs=0.4)


# --- stages


def test_the_three_stages_update_the_autoencoder_the_predictor_and_both():
    autoencoder, predictor = ShapeAutoencoder(2, 3, (24, SIZE, SIZE)), CodePredictor(2, (24, SIZE, SIZE))
    settings = registry.entry("models", "shape_prior").Settings(
        autoencoder_width=2, predictor_width=2, maps=1, epochs=3, code_epochs=2, joint_epochs=1, batch_size=1,
        learning_rate=1e-3, schedule="constant",
    )  # fmt: skip
    phases = tl_phases(autoencoder, predictor, setting("a", "b"), settings, (3, 2, 1))
    assert [phase.epochs for phase in phases] == [3, 2, 1]
    assert [list(phase.updates[0].networks) for phase in phases] == [
        [autoencoder], [predictor], [autoencoder, predictor],
    ]  # fmt: skip
    phases[1].updates[0].loss(batch(0))["loss"].backward()
    assert all(p.grad is None for p in autoencoder.parameters())
    joint = phases[2].updates[0].loss(batch(0))
    assert joint["loss"].item() == pytest.approx(2 * joint["shape"].item(), rel=1e-5)
    joint["loss"].backward()
    assert all(p.grad is not None for p in (*autoencoder.encoder.parameters(), *predictor.parameters()))


@pytest.mark.slow
def test_shapes_and_their_codes_are_learnt(tmp_path):
    ref = ModelRef("shape_prior", "acnn_segmentation", "c", "main")
    entry = registry.entry("models", "shape_prior")
    settings = entry.Settings(
        autoencoder_width=4, predictor_width=4, maps=1, epochs=40, code_epochs=20, joint_epochs=20, batch_size=2,
        learning_rate=1e-2, schedule="cosine",
    )  # fmt: skip
    given = setting("a", "b", "c", "d")
    model = entry(settings, ref)
    torch.manual_seed(0)
    networks = model.build(model.blueprint(given))
    outcome = train(networks, model.phases(networks, given), tmp_path / "c.pt", 0, LoopSettings("fp32", 1e9))
    losses = [row.value for row in outcome.rows if (row.split, row.name) == ("validation", "shape")]
    assert losses[-1] < 0.5 * losses[0]
    codes = [r.value for r in outcome.rows if (r.split, r.name, r.phase) == ("validation", "code", "codes")]
    assert codes[-1] < 0.5 * codes[0]
