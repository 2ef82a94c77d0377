"""From masks and networks to labels at ED and ES."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cardioprior.inference.kspace import labelled, magnitude_draws, repeated, zero_filled_draws
from cardioprior.inference.stored import Stored
from cardioprior.methods import kspace_zero_filled_matched, label_autoencoder, li_net, li_net_tuned, syn_net
from cardioprior.networks.kspace import CodeDecoder, CodeEncoder, SynNet
from cardioprior.store import Record

CPU = torch.device("cpu")
SIZE = (3, 16, 16)
SLICES = 2


def record(lines: list[int], again: bool = False) -> Record:
    """Frame 2 is bright, which is ES; ED is frame 0. Slice 1 is half as bright."""
    cines = np.zeros((SLICES, *SIZE), np.float16)
    cines[0, 2], cines[1, 2] = 1, 0.5
    phases = np.zeros((2, SLICES, 2), np.int16)
    phases[..., 0], phases[1, :, 1] = np.arange(SLICES), 2
    masks = np.zeros((len(lines), SLICES, SIZE[0], SIZE[1]), bool)
    for draw, n in enumerate(lines):
        masks[draw, ..., 8 - n // 2 : 8 - n // 2 + n] = True
    arrays = {"cines": cines, "cine_labels": (cines > 0).astype(np.uint8), "phases": phases, "masks": masks,
              "lines": np.array(lines, np.int16), "waves": np.zeros((SLICES, 2, 4), np.float32)}  # fmt: skip
    return Record("a", arrays, {"repeated": again})


def brightness(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """LV where the real part is above .7, with the mean of the image as its code."""
    lv = 10 * (images[:, :1] - 0.7)
    logits = torch.cat([torch.zeros_like(lv), lv, torch.full_like(lv, -9), torch.full_like(lv, -9)], dim=1)
    return logits, images[:, 0].flatten(1).mean(dim=1, keepdim=True)


def test_labels_are_those_of_the_frames_of_ed_and_es():
    found = labelled(record([16]), zero_filled_draws(record([16]), CPU), lambda lines: brightness)
    assert found["labels_ED"].shape == (1, SLICES, 16, 16) and not found["labels_ED"].any()
    assert (found["labels_ES"][0, 0] == 1).all() and not found["labels_ES"][0, 1].any()


def test_an_even_image_needs_the_central_line_alone():
    found = labelled(record([1]), zero_filled_draws(record([1]), CPU), lambda lines: brightness)
    assert (found["labels_ES"][0, 0] == 1).all()


def test_numbers_of_lines_without_a_network_are_passed_over():
    given = record([1, 4, 16])
    found = labelled(given, zero_filled_draws(given, CPU), lambda lines: brightness if lines == 4 else None)
    assert found["lines"].tolist() == [4] and len(found["labels_ED"]) == 1


def test_magnitudes_do_not_mind_the_phase_and_reconstructed_ones_come_first():
    given = record([16])
    given.arrays["waves"][:] = [1.0, 1.0, 0.5, 0.3]
    (draw,) = magnitude_draws(given, CPU)
    assert draw.images.shape == (SLICES, 1, *SIZE)
    assert torch.allclose(draw.images[:, 0], torch.from_numpy(given.arrays["cines"]).float(), atol=1e-3)
    given.arrays["images"] = np.full((1, SLICES, *SIZE), 0.25, np.float16)
    (draw,) = magnitude_draws(given, CPU)
    assert draw.images.unique().tolist() == [0.25]


def test_repeated_masks_leave_labels_codes_and_the_mean_softmax_of_each_number_of_lines():
    given = record([4, 4, 16], again=True)
    found = repeated(given, zero_filled_draws(given, CPU), brightness)
    assert found["lines"].tolist() == [4, 4, 16] and found["mean_lines"].tolist() == [4, 16]
    assert found["labels_ES"].shape == (3, SLICES, 16, 16)
    assert found["mean_ES"].shape == (2, SLICES, 4, 16, 16)
    assert found["mean_ES"].astype(float).sum(axis=2) == pytest.approx(1, abs=2e-3)
    assert found["codes"].shape == (3, SLICES, 1)
    assert found["codes"][2, 0, 0] == pytest.approx(1 / 3, abs=1e-3)  # one frame of three is bright


def networks() -> dict[str, Stored]:
    torch.manual_seed(0)
    predictor, decoder = CodeEncoder(2, 2, SIZE, 8).eval(), CodeDecoder(2, 4, SIZE, 8).eval()
    encoder = CodeEncoder(2, 4, SIZE, 8).eval()
    return {
        "syn_net": Stored({"synthesis": SynNet(2, SIZE[0]).eval()}, {}),
        "li_net": Stored({"predictor": predictor}, {}),
        "li_net_tuned": Stored({"lines_4": predictor}, {}),
        "label_autoencoder": Stored({"encoder": encoder, "decoder": decoder}, {}),
        "cine_segmentation@zero-filled": Stored({"lines_4": SynNet(2, SIZE[0], channels=1).eval()}, {}),
    }


def chosen(method, condition: str = "lines") -> dict[str, Stored]:
    return {ref.id: networks()[ref.id] for ref in method.models("kspace", "c", "main", condition)}


def test_a_method_takes_one_mask_or_many_by_what_the_record_says():
    for method in (syn_net.Method(), li_net.Method()):
        one = method.predict_one(record([4, 16]), chosen(method), CPU)
        many = method.predict_one(record([4, 4, 16], again=True), chosen(method), CPU)
        assert sorted(one) == ["labels_ED", "labels_ES", "lines"]
        assert "codes" in many and "mean_ED" in many


def test_li_nets_code_is_its_predictors_and_its_labels_are_decoded_from_it():
    models, given = chosen(li_net.Method()), record([16, 16], again=True)
    found = li_net.Method().predict_one(given, models, CPU)
    images = torch.from_numpy(given.arrays["cines"]).float()
    with torch.no_grad():
        code = models["li_net"]["predictor"](torch.stack([images, torch.zeros_like(images)], dim=1))
        labels = models["label_autoencoder"]["decoder"](code).argmax(dim=1)
    assert found["codes"][0] == pytest.approx(code.numpy(), abs=1e-2)
    assert np.array_equal(found["labels_ES"][0], labels[:, 2].numpy())


def test_tuned_and_matched_methods_predict_their_own_numbers_of_lines():
    for method in (li_net_tuned.Method(), kspace_zero_filled_matched.Method()):
        assert method.predict_one(record([1, 4, 16]), chosen(method), CPU)["lines"].tolist() == [4]


def test_the_autoencoder_sees_the_true_labels_once():
    found = label_autoencoder.Method().predict_one(record([1, 4]), chosen(label_autoencoder.Method()), CPU)
    assert found["lines"].tolist() == [16]
