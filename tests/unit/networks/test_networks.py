"""The thesis' three networks: as large as printed, and blind or not to what they should be blind to."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from cardioprior.networks.blocks import channels_last, glorot_initialised, parameter_count
from cardioprior.networks.frame_detector import FrameDetector
from cardioprior.networks.multiscale_fcn import MultiscaleFCN
from cardioprior.networks.pspu_net import PSPUNet
from cardioprior.networks.unet_3d import UNet3D


def unstored(make, *arguments):
    """A network of full size that takes no memory."""
    with torch.device("meta"):
        return make(*arguments)


def small(make, *arguments):
    torch.manual_seed(0)
    return make(*arguments).eval()


@torch.no_grad()
def output(network, image):
    return network(image)


def images(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("make", "arguments", "exact", "printed_millions"),
    [
        pytest.param(UNet3D, (64,), 87_507_588, 87.51, id="unet_3d"),
        pytest.param(PSPUNet, (32,), 30_830_068, 30.83, id="pspu_net"),
    ],
)
def test_at_the_papers_width_the_count_without_batch_norm_is_the_printed_one(make, arguments, exact, printed_millions):
    count = parameter_count(unstored(make, *arguments), batch_norm=False)
    assert count == exact
    assert round(count / 1e6, 2) == printed_millions


def test_the_frame_detector_has_the_printed_number_of_parameters_with_or_without_batch_norm():
    detector = unstored(FrameDetector, 64, 176)
    counts = parameter_count(detector), parameter_count(detector, batch_norm=False)
    assert counts == (4_692_642, 4_692_642 - 2 * 2 * (64 + 128 + 256 + 512) - 2 * 9)
    assert [round(count / 1e6, 1) for count in counts] == [4.7, 4.7]


def test_batch_norm_has_two_parameters_a_channel_and_frozen_ones_do_not_count():
    network = nn.Sequential(nn.Conv3d(1, 5, 1), nn.BatchNorm3d(5), nn.Conv3d(5, 1, 1))
    assert parameter_count(network) == 10 + 10 + 6
    assert parameter_count(network, batch_norm=False) == 10 + 6
    network[2].requires_grad_(False)
    assert parameter_count(network, batch_norm=False) == 10


@pytest.mark.parametrize("make", [UNet3D, PSPUNet])
@pytest.mark.parametrize("slices", [1, 3, 5])
def test_a_segmentation_has_four_classes_on_the_grid_of_the_image(make, slices):
    assert output(small(make, 4), images(2, 1, slices, 16, 32)).shape == (2, 4, slices, 16, 32)


def test_the_pspu_net_sees_one_slice_at_a_time_and_the_3d_unet_its_neighbours():
    stack = images(1, 1, 4, 16, 16)
    changed = stack.clone()
    changed[:, :, 3] += 1
    for make, two_dimensional in ((PSPUNet, True), (UNet3D, False)):
        network = small(make, 4)
        before, after = output(network, stack), output(network, changed)
        assert not torch.equal(before[:, :, 3], after[:, :, 3])
        assert torch.equal(before[:, :, :3], after[:, :, :3]) is two_dimensional


def test_the_pyramid_modules_have_four_paths_at_the_finest_level_and_one_at_the_coarsest():
    assert [len(module.paths) for module in PSPUNet(4).skips] == [4, 3, 2, 1]


def test_the_fcn_of_long_axes_sees_one_plane_at_a_time_and_all_scales_of_it():
    """A convolution at stride s sees s farther: 2 + 3 + 10 + 20 + 40 pixels, and the coarsest are 16 apart."""
    network = small(MultiscaleFCN, 4, 2).double()
    image = torch.randn(1, 1, 2, 128, 128, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = output(network, image)
    assert found.shape == (1, 4, 2, 128, 128)
    other = image.clone()
    other[:, :, 1] = 0
    assert torch.equal(output(network, other)[:, :, 0], found[:, :, 0])
    other[:, :, 0, 2, 2] += 100
    changed = (output(network, other) - found)[0, :, 0].abs().amax(dim=0) > 0
    assert changed[2, 2] and changed[64, 2] and not changed[2 + 75 + 32, 2]


def test_the_fcn_of_long_axes_has_the_layers_of_its_table():
    """w, 2w, 4w, 8w and 16w features by 2, 2, 3, 3 and 3 convolutions, each brought to 2w, then 4w, 4w and classes."""
    w, classes = 16, 4
    widths = [w * 2**level for level in range(5)]
    wanted, inputs = 0, 1
    for outputs, convolutions in zip(widths, (2, 2, 3, 3, 3), strict=True):
        wanted += (9 * inputs + 1) * outputs + (convolutions - 1) * (9 * outputs + 1) * outputs + (outputs + 1) * 2 * w
        inputs = outputs
    wanted += (10 * w + 1) * 4 * w + (4 * w + 1) * 4 * w + (4 * w + 1) * classes
    assert parameter_count(unstored(MultiscaleFCN, classes), batch_norm=False) == wanted


@pytest.mark.parametrize("frames", [1, 5, 12])
def test_every_frame_of_any_cine_gets_three_logits(frames):
    assert output(small(FrameDetector, 2, 32), images(2, 1, frames, 32, 32)).shape == (2, 3, frames)


def test_a_frame_is_judged_with_those_up_to_twelve_before_and_after_it():
    """The widest temporal path, kernel 7 with dilation 4, reaches 3 x 4 frames to either side."""
    cine = images(1, 1, 31, 16, 16)
    changed = cine.clone()
    changed[:, :, 15] += 1
    network = small(FrameDetector, 2, 16)
    for path in network.temporal:
        path[2] = nn.Identity()  # a ReLU can hide what came through
    moved = (output(network, cine) != output(network, changed)).any(dim=1)[0].nonzero().flatten().tolist()
    reached = {15 + offset * dilation for offset in range(-3, 4) for dilation in (1, 2, 4)}
    assert moved == sorted(reached)


def test_a_size_that_cannot_be_halved_four_times_is_refused():
    with pytest.raises(ValueError, match="wanted a multiple of 16, found 88"):
        FrameDetector(2, 88)


def test_glorot_weights_fill_their_bounds_and_biases_are_zero():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(8, 16, (1, 3, 3)), nn.ConvTranspose3d(16, 8, (1, 2, 2)))
    glorot_initialised(network)
    fans = (9 * (8 + 16), 4 * (16 + 8))
    for layer, fan in zip(network, fans, strict=True):
        bound = math.sqrt(6 / fan)
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)
        assert not layer.bias.any()


@pytest.mark.parametrize(("make", "arguments"), [(UNet3D, (4,)), (PSPUNet, (4,)), (FrameDetector, (4, 16))])
def test_every_network_starts_with_zero_biases(make, arguments):
    convolutions = [m for m in make(*arguments).modules() if isinstance(m, nn.Conv3d | nn.ConvTranspose3d)]
    assert convolutions and not any(layer.bias.any() for layer in convolutions)


def test_weights_of_either_dimension_are_laid_out_with_their_channels_last():
    network = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Conv3d(4, 4, 3), nn.BatchNorm2d(4))
    channels_last(network)
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert network[1].weight.is_contiguous(memory_format=torch.channels_last_3d)
