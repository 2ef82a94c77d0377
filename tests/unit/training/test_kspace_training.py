"""What Syn-net and LI-net are trained on, and by what."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior import registry
from cardioprior.imaging.labels import CLASSES
from cardioprior.inference.stored import Stored
from cardioprior.models.contract import ModelRef
from cardioprior.networks.kspace import CodeDecoder, CodeEncoder, SynNet
from cardioprior.store import Record
from cardioprior.training.augmentation import AffineRange, in_shape, sampling_matrices, warp
from cardioprior.training.cines import Acquired, Cines, acquire, draw_lines, fewest_lines, generator_of
from cardioprior.training.kspace import begin_with_shares, interpolation, kspace_phase, synthesis
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.schedules import rate_of
from cardioprior.training.setting import Setting

CPU = torch.device("cpu")
SIZE = (4, 16, 24)
MASKS = {"curve": [1], "repeated": [1], "repeats": 2, "reconstructed": [4], "iterations": 2}


def record(seed: int, slices: int = 3) -> Record:
    """A bright disc, its LV, that shrinks over the frames."""
    rng = np.random.default_rng(seed)
    y, x = np.indices(SIZE[1:]) - np.array([8, 12])[:, None, None] - rng.uniform(-1, 1, (2, 1, 1))
    radius = np.linspace(5, 3, SIZE[0])[:, None, None]
    disc = np.broadcast_to(np.hypot(y, x) < radius, (slices, *SIZE))
    return Record(str(seed), {"cines": (0.2 + 0.6 * disc).astype(np.float16), "cine_labels": disc.astype(np.uint8)},
                  {"masks": MASKS})  # fmt: skip


def setting(**dependencies: Stored) -> Setting:
    records = tuple(record(n) for n in range(4))
    return Setting(records[:3], records[3:], dependencies, CPU, 0, ("test",))


def settings_of(name: str, **values):
    defaults = {"epochs": 2, "batch_size": 4, "learning_rate": 1e-2, "schedule": "constant"}
    return registry.entry("models", name).Settings(**{**defaults, **values})


# --- lines


def test_the_warm_start_sees_all_lines_and_the_tenth_epoch_any_number():
    assert [fewest_lines(epoch, 10, 168) for epoch in (0, 5, 10, 30)] == [168, 84, 0, 0]
    assert fewest_lines(0, 0, 168) == 0


def test_numbers_of_lines_are_uniform_with_both_ends():
    drawn = draw_lines(20_000, 3, 8, generator_of(CPU, 0, "test"))
    counts = torch.bincount(drawn, minlength=9)
    assert counts[:3].sum() == 0
    assert (counts[3:] - 20_000 / 6).abs().max() < 5 * (20_000 * 5 / 36) ** 0.5


def test_the_staircase_falls_by_a_fifth_every_two_epochs():
    rate = rate_of("staircase", 50)
    assert [rate(done) for done in (0, 1.9, 2, 3.5, 4)] == pytest.approx([1, 1, 0.8, 0.8, 0.64])


# --- images


def test_cases_are_slices_of_all_subjects():
    cines = Cines.of([record(0, 3), record(1, 2)], CPU)
    assert len(cines) == 5 and cines.size == SIZE and cines.lines == 16


def test_image_and_labels_of_every_frame_move_together():
    cines = Cines.of([record(0)], CPU)
    images, labels = cines.moved([0, 1, 2], np.random.default_rng(0))
    inside, outside = images[labels == 1], images[(labels == 0) & (images > 0)]
    assert inside.mean() > 0.7 and outside.mean() < 0.3
    assert not torch.equal(labels[0], labels[1])  # the same slice, moved in two ways


def test_a_turn_of_an_oblong_image_stays_a_turn():
    """A horizontal bar of 9 x 3 pixels is a vertical one of the same length and width after a quarter turn."""
    bar = torch.zeros(1, 1, 16, 24)
    bar[0, 0, 7:9, 8:16] = 1
    draws = AffineRange().draw(np.random.default_rng(0))[None]
    draws[0, 0] = np.pi / 2
    turned = warp(bar, in_shape(sampling_matrices(draws, 24), (16, 24)), "bilinear")[0, 0]
    rows, columns = (int((turned.sum(dim=axis) > 0.5).sum()) for axis in (1, 0))
    assert (rows, columns) == (8, 2)


def test_what_is_acquired_with_all_lines_is_the_full_image_of_the_same_phase():
    images = torch.rand(2, *SIZE)
    found = acquire(images, torch.tensor([16, 3]), generator_of(CPU, 0, "test"))
    assert found.undersampled.shape == (2, 2, *SIZE)
    assert torch.allclose(found.undersampled[0], found.full[0], atol=1e-6)
    assert not torch.allclose(found.undersampled[1], found.full[1], atol=1e-2)
    assert torch.allclose(found.full.square().sum(dim=1).sqrt(), images, atol=1e-6)


# --- objectives


class Sum(nn.Module):
    """A code of two numbers: the sum of the first channel, and nothing."""

    def forward(self, images):
        total = images[:, 0].flatten(1).sum(dim=1)
        return torch.stack([total, torch.zeros_like(total)], dim=1)


class Even(nn.Module):
    """All classes alike, whatever the code."""

    def forward(self, code):
        return code.new_zeros((len(code), CLASSES, 1, 1, 2)) + 0 * code.sum()


def test_li_nets_loss_has_the_four_printed_terms():
    """The true code is (1, 0): one of two voxels is background. The undersampled image has code 4, the full one 3: 3
    away and 2 away, 1 apart; the cross-entropy of four equal classes is log 4."""
    labels = torch.tensor([[[[0, 1]]]], dtype=torch.uint8)
    images = [torch.tensor([[[[[value, 0.0]]], [[[0.0, 0.0]]]]]) for value in (4.0, 3.0)]
    losses = interpolation(Sum(), Sum(), Even())(Acquired(*images), labels)
    assert [float(losses[n]) for n in ("undersampled", "full", "consistency")] == pytest.approx([3, 2, 1])
    assert float(losses["cross_entropy"]) == pytest.approx(np.log(4))
    assert float(losses["loss"]) == pytest.approx(3 + 1 * 2 + 1e-4 * 1 + 10 * np.log(4))


def test_syn_net_sees_the_undersampled_image_alone():
    seen = []

    def network(images):
        seen.append(images)
        return torch.zeros((len(images), CLASSES, *images.shape[2:]))

    acquired = Acquired(torch.ones(1, 2, *SIZE), torch.zeros(1, 2, *SIZE))
    loss = synthesis(network)(acquired, torch.zeros((1, *SIZE), dtype=torch.uint8))["loss"]
    assert torch.equal(seen[0], acquired.undersampled) and float(loss) == pytest.approx(np.log(4))


def test_only_the_predictor_learns_in_the_second_stage(tmp_path):
    predictor, encoder = CodeEncoder(2, 2, SIZE, 8), CodeEncoder(2, CLASSES, SIZE, 8).eval()
    decoder = CodeDecoder(2, CLASSES, SIZE, 8).eval()
    before = {name: [t.clone() for t in n.state_dict().values()] for name, n in (("e", encoder), ("d", decoder))}
    phase = kspace_phase("codes", predictor, interpolation(predictor, encoder, decoder), setting(),
                         settings_of("li_net", width=2, warm_epochs=1), 1)  # fmt: skip
    first = [p.detach().clone() for p in predictor.parameters()]
    train({"predictor": predictor}, [phase], tmp_path / "c.pt", 0, LoopSettings("fp32", 1e9))
    assert any(not torch.equal(a, b) for a, b in zip(first, predictor.parameters(), strict=True))
    for name, network in (("e", encoder), ("d", decoder)):
        assert all(torch.equal(a, b) for a, b in zip(before[name], network.state_dict().values(), strict=True))


# --- models


def trained(name: str, tmp_path, dependencies=None, condition: str = "", **values):
    ref = ModelRef(name, "kspace", "c", "main", condition)
    model = registry.entry("models", name)(settings_of(name, **values), ref)
    its_setting = setting(**(dependencies or {}))
    torch.manual_seed(0)
    blueprint = model.blueprint(its_setting)
    networks = model.build(blueprint)
    outcome = train(
        networks, model.phases(networks, its_setting), tmp_path / f"{name}.pt", 0, LoopSettings("fp32", 1e9)
    )
    for network in networks.values():
        network.eval().requires_grad_(False)
    return Stored(networks, {}, blueprint), outcome


def test_an_autoencoder_of_discs_learns_them(tmp_path):
    _, outcome = trained("label_autoencoder", tmp_path, width=2, code=8, epochs=25, schedule="cosine")
    dice = [row.value for row in outcome.rows if row.name == "dice_LV"]
    assert dice[0] < 0.1 and dice[-1] > 0.75


def test_a_network_begins_with_every_class_as_probable_as_it_is():
    head = nn.Conv3d(2, CLASSES, 1)
    labels = torch.tensor([0] * 6 + [1] * 2, dtype=torch.uint8).reshape(1, 2, 2, 2)
    begin_with_shares(head, Cines(labels.half(), labels))
    logits = head(torch.zeros(1, 2, 1, 1, 1)).flatten()
    assert logits.softmax(0)[:2].tolist() == pytest.approx([0.6, 0.2])  # a class that is nowhere counts as one voxel


def test_tuned_networks_start_from_the_general_one_and_go_apart(tmp_path):
    general, _ = trained("syn_net", tmp_path, width=2, warm_epochs=1)
    still, _ = trained("syn_net_tuned", tmp_path, {"syn_net": general}, lines=(1, 4, 99), epochs=1, learning_rate=1e-12)
    assert sorted(still.parts) == ["lines_1", "lines_4"]  # 99 lines are more than the image has
    same = [torch.allclose(a, b, atol=1e-6) for a, b in
            zip(general["synthesis"].parameters(), still["lines_4"].parameters(), strict=True)]  # fmt: skip
    assert all(same)
    moved, _ = trained("syn_net_tuned", tmp_path / "2", {"syn_net": general}, lines=(1, 4), epochs=1)
    weights = [part.head.weight for part in moved.parts.values()]
    assert not torch.allclose(*weights)


def test_tuned_predictors_take_the_autoencoder_and_the_general_predictor(tmp_path):
    labels, _ = trained("label_autoencoder", tmp_path, width=2, code=8, epochs=1)
    general, _ = trained("li_net", tmp_path, {"label_autoencoder": labels}, width=2, warm_epochs=1, epochs=1)
    both = {"li_net": general, "label_autoencoder": labels}
    tuned, _ = trained("li_net_tuned", tmp_path, both, lines=(2,), epochs=1)
    code = tuned["lines_2"](torch.rand(1, 2, *SIZE))
    assert code.shape == (1, 8)


@pytest.mark.parametrize("condition", ["full", "zero-filled", "compressed-sensing"])
def test_networks_of_images_see_magnitudes_of_the_lines_that_are_tested(condition, tmp_path):
    model, outcome = trained("cine_segmentation", tmp_path, condition=condition, width=2, epochs=1)
    (name,) = model.parts
    assert name == ("segmentation" if condition == "full" else "lines_4")
    assert model[name](torch.rand(1, 1, *SIZE)).shape == (1, CLASSES, *SIZE)
    assert all(np.isfinite(row.value) for row in outcome.rows)


def test_a_resumed_training_ends_with_the_weights_of_one_that_was_not_interrupted(tmp_path):
    from cardioprior.training.loop import InterruptedTrainingError

    def run(checkpoint, stop_after=None):
        torch.manual_seed(0)
        network, steps = SynNet(2, SIZE[0]), [0]

        def stopping():
            steps[0] += 1
            return stop_after is not None and steps[0] == stop_after

        phase = kspace_phase(
            "s", network, synthesis(network), setting(), settings_of("syn_net", width=2, warm_epochs=1)
        )
        train({"synthesis": network}, [phase], checkpoint, 0, LoopSettings("fp32", 1e9), stopping=stopping)
        return network.state_dict()

    whole = run(tmp_path / "whole.pt")
    with pytest.raises(InterruptedTrainingError):
        run(tmp_path / "cut.pt", stop_after=4)
    again = run(tmp_path / "cut.pt")
    assert all(torch.equal(whole[name], again[name]) for name in whole)
