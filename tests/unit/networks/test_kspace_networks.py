"""Networks of the k-space paper: sizes, reconstructed counts, what they see."""

from __future__ import annotations

import pytest
import torch

from cardioprior.networks.blocks import parameter_count
from cardioprior.networks.kspace import CodeDecoder, CodeEncoder, SynNet, bottleneck_summary, halved

PUBLISHED = (50, 168, 208)


def test_joining_the_code_takes_29_million_weights_each_at_the_published_size():
    with torch.device("meta"):
        encoder, decoder = CodeEncoder(32, 2, PUBLISHED), CodeDecoder(32, 4, PUBLISHED)
    assert parameter_count(encoder.code) == 4 * 50 * 11 * 13 * 1024 + 1024
    assert parameter_count(decoder.cells) == 4 * 50 * 11 * 13 * 1025
    assert halved(PUBLISHED, 4) == (50, 11, 13)


def test_syn_net_has_the_widths_32_to_256():
    network = SynNet(32, 50)
    assert parameter_count(network, batch_norm=False) == 5_428_644
    assert [block[0][0].out_channels for block in network.encoder] == [32, 64, 128, 256]


@pytest.mark.parametrize("size", [(6, 40, 48), (1, 40, 48), (3, 24, 20)])
def test_labels_have_the_size_of_the_cine(size):
    images = torch.rand((2, 2, *size))
    assert SynNet(2, size[0]).eval()(images).shape == (2, 4, *size)
    code = CodeEncoder(2, 2, size, code=16).eval()(images)
    assert code.shape == (2, 16)
    assert CodeDecoder(2, 4, size, code=16).eval()(code).shape == (2, 4, *size)


def test_frames_are_seen_together_and_single_ones_have_no_weights_along_time():
    network = SynNet(2, 8).eval()
    images = torch.rand((1, 2, 8, 16, 16))
    changed = images.clone()
    changed[:, :, 5] += 1
    assert not torch.allclose(network(images)[:, :, 4], network(changed)[:, :, 4])
    assert SynNet(2, 1).encoder[0][0][0].kernel_size == (1, 3, 3)


def test_two_cines_of_a_batch_do_not_mix():
    network = SynNet(2, 4).eval()
    images = torch.rand((2, 2, 4, 16, 16))
    assert torch.allclose(network(images)[1], network(images[1:])[0], atol=1e-6)


def test_the_summary_of_a_bottleneck_is_means_over_time_and_neighbours():
    bottleneck = torch.arange(16.0).reshape(1, 1, 1, 4, 4).expand(1, 2, 3, 4, 4)
    summary = bottleneck_summary(bottleneck)
    assert summary.tolist() == [[2.5, 4.5, 10.5, 12.5] * 2]
