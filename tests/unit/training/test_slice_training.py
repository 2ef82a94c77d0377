"""What the autoencoder of slices is trained on, and by what."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from cardioprior import registry
from cardioprior.imaging.geometry import middle
from cardioprior.models.contract import ModelRef
from cardioprior.networks.slice_autoencoder import SliceAutoencoder, mixed
from cardioprior.store import Record
from cardioprior.training.loop import LoopSettings, train
from cardioprior.training.losses import structural_dissimilarity
from cardioprior.training.setting import Setting
from cardioprior.training.slices import Stacks, augmented, synthesis_losses

CPU = torch.device("cpu")
SIZE, CROP = 48, 32


def stack(seed: int, slices: int = 5) -> np.ndarray:
    """A disc that shrinks along the stack, somewhere near the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((SIZE, SIZE)) - SIZE / 2 - rng.uniform(-3, 3, 2)[:, None, None]
    radius = np.linspace(14, 4, slices)[:, None, None]
    return (0.2 + 0.6 / (1 + np.exp(np.hypot(y, x) - radius))).astype(np.float32)


def setting() -> Setting:
    records = tuple(Record(str(n), {"image_ED": stack(n), "image_ES": stack(n + 9)}, {"crop": CROP}) for n in range(4))
    return Setting(records[:3], records[3:], {}, CPU, 0, ("test",))


def test_slices_of_all_frames_lie_in_one_row_and_triples_stay_within_a_stack():
    records = [Record("a", {"image_ED": stack(0, 4), "image_ES": stack(1, 3)}), Record("b", {"image_ED": stack(2, 5)})]
    stacks = Stacks.of(records, CPU)
    assert stacks.slices.shape == (12, SIZE, SIZE)
    assert stacks.triples.tolist() == [0, 1, 4, 7, 8, 9]
    assert np.array_equal(stacks.slices[4], stack(1, 3)[0])


def test_a_crop_is_a_turned_piece_of_the_image_and_slices_of_a_member_move_together():
    """Unchanged intensities in half of the draws: those crops hold nothing but the image's own values, and of two
    slices with the same picture both get the same."""
    image = torch.rand(1, 1, 20, 20).expand(1, 2, 20, 20)
    kept, values = 0, set(image.flatten().tolist())
    for seed in range(40):
        (pair,) = augmented(image, 16, np.random.default_rng(seed))
        assert pair.shape == (2, 16, 16) and torch.equal(pair[0], pair[1])
        kept += set(pair.flatten().tolist()) <= values
    assert 10 < kept < 30


def test_a_change_of_intensity_keeps_the_order_of_brightness_and_the_range():
    image = torch.linspace(0, 1, 256).reshape(1, 1, 16, 16)
    for seed in range(20):
        changed = augmented(image, 16, np.random.default_rng(seed))[0, 0]
        assert changed.min() >= 0 and changed.max() <= 1
        turned_back = [torch.rot90(changed, -turns).flatten() for turns in range(4)]
        assert any((one.diff() > 0).all() for one in turned_back)


def test_structural_dissimilarity_is_one_less_the_similarity_of_scikit_image():
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 40, 40))
    wanted = structural_similarity(
        one, other, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    found = structural_dissimilarity(*(torch.from_numpy(a)[None, None] for a in (one, other)))
    assert 1 - float(found) == pytest.approx(wanted, abs=1e-4)


def test_structural_dissimilarity_of_flat_bright_images_is_the_same_in_half_precision():
    bright = 0.9 + 0.001 * torch.rand(2, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        half = structural_dissimilarity(bright[:1], bright[1:])
    assert half.dtype == torch.float32
    assert float(half) == pytest.approx(float(structural_dissimilarity(bright[:1], bright[1:])), abs=1e-6)


def test_validation_makes_every_inner_slice_from_its_neighbours():
    network = SliceAutoencoder("code", 2).eval()
    given = setting()
    with torch.no_grad():
        found = synthesis_losses(network, given, CROP)
        errors = []
        for image in given.validation[0].arrays.values():
            whole = middle(torch.from_numpy(image), CROP)[:, None]
            for z in range(1, len(whole) - 1):
                code = mixed(network.encoder(whole[z - 1 : z]), network.encoder(whole[z + 1 : z + 2]), 0.5)
                errors.append(float((network.decoder(code) - whole[z]).square().mean()))
    assert found["loss"] == pytest.approx(np.mean(errors), rel=1e-4)


@pytest.mark.parametrize(
    ("model_id", "more"),
    [("slice_autoencoder@text", {}), ("slice_autoencoder@code", {}), ("slice_autoencoder_middle", {"structure": 0.05})],
)
def test_training_lowers_the_error_of_made_slices(model_id, more, tmp_path):
    ref = ModelRef.parse("s", "c", "main", model_id)
    entry = registry.entry("models", ref.name)
    settings = entry.Settings(
        width=4, crop=CROP, epochs=25, batch_size=6, learning_rate=3e-3, schedule="cosine", **more
    )
    given, model = setting(), entry(settings, ref)
    torch.manual_seed(0)
    networks = model.build(model.blueprint(given))
    networks["autoencoder"].eval()
    with torch.no_grad():
        before = synthesis_losses(networks["autoencoder"], given, CROP)["loss"]
    train(networks, model.phases(networks, given), tmp_path / "c.pt", 0, LoopSettings("fp32", 1e9))
    networks["autoencoder"].eval()
    with torch.no_grad():
        after = synthesis_losses(networks["autoencoder"], given, CROP)["loss"]
    assert after < before / 3
