"""The autoencoder of slices has the paper's size and mixes codes as its equation says."""

from __future__ import annotations

import pytest
import torch

from cardioprior.networks.blocks import parameter_count
from cardioprior.networks.slice_autoencoder import SliceAutoencoder, mixed


@pytest.mark.parametrize(
    ("form", "encoder", "decoder", "code"),
    [("text", 1_799_600, 1_218_753, (16, 8, 8)), ("code", 628_176, 314_561, (16, 16, 16))],
)
def test_each_form_has_its_number_of_parameters_and_its_code(form, encoder, decoder, code):
    network = SliceAutoencoder(form).eval()
    assert parameter_count(network.encoder) == encoder
    assert parameter_count(network.decoder) == decoder
    image = torch.rand(2, 1, 128, 128)
    with torch.no_grad():
        assert network.encoder(image).shape == (2, *code)
        assert network(image).shape == image.shape


def test_codes_are_mixed_by_a_convex_combination():
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([3.0, 8.0])
    assert mixed(one, other, 0.0).tolist() == [1, 0]
    assert mixed(one, other, 0.5).tolist() == [2, 4]
    assert mixed(one, other, 0.25).tolist() == [1.5, 2]
