"""A convolution of one subject gives what torch's gives, without the kernel that is slow for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

from cardioprior.networks import blocks
from cardioprior.networks.blocks import Conv3d

SHAPES = {"one": (1, 4, 6, 16, 16), "two": (2, 4, 6, 16, 16), "without a batch": (4, 6, 16, 16)}
OPTIONS = [
    {},
    {"padding": 1},
    {"stride": (1, 2, 2)},
    {"dilation": (2, 1, 1), "padding": (2, 1, 1)},
    {"padding": "same"},
]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_values_and_gradients_are_those_of_torch(shape, options):
    torch.manual_seed(0)
    ours = Conv3d(4, 5, 3, **options)
    theirs = nn.Conv3d(4, 5, 3, **options)
    theirs.load_state_dict(ours.state_dict())
    image = torch.randn(shape)
    with torch.no_grad():
        torch.testing.assert_close(ours(image), theirs(image), atol=1e-5, rtol=1e-5)
    for network in (ours, theirs):
        network(image).square().sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, atol=1e-3, rtol=1e-4)


def memory_of_others() -> None:
    """Leaves freed memory behind that is not zero, for whoever forgets to write to his."""
    kept = [torch.full((size,), float("nan")) for size in (1000, 5000, 14000, 30000, 60000)]
    del kept


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((4, 16, 2, 6, 6), {"kernel_size": 3, "padding": 1}),  # the deepest level of a U-net on 12 slices
        ((4, 16, 4, 6, 6), {"kernel_size": 5, "padding": 2}),
        ((4, 16, 4, 2, 2), {"kernel_size": 4, "padding": 1, "stride": 2}),
        ((2, 16, 3, 6, 6), {"kernel_size": 3, "padding": (2, 1, 1), "dilation": (2, 1, 1)}),
        ((2, 16, 6, 6, 6), {"kernel_size": 3, "padding": 1}),
    ],
    ids=str,
)
def test_gradients_in_bf16_are_those_in_fp32_however_small_the_image(shape, options):
    """As its autocast has it, on a processor with bf16; on others oneDNN itself computes otherwise."""
    torch.manual_seed(0)
    network = Conv3d(16, 32, **options).to(memory_format=torch.channels_last_3d)
    image = torch.randn(shape).bfloat16().float()
    with torch.no_grad():
        network.weight.copy_(network.weight.bfloat16().float())
    network(image).square().mean().backward()
    wanted = network.weight.grad.clone()
    for _ in range(5):
        network.weight.grad = None
        memory_of_others()
        with torch.autocast("cpu", torch.bfloat16):
            out = network(image)
        assert out.dtype == torch.bfloat16
        memory_of_others()
        out.float().square().mean().backward()
        torch.testing.assert_close(network.weight.grad, wanted, atol=0.02 * wanted.abs().max().item(), rtol=0)


@pytest.mark.parametrize("file", sorted(Path(blocks.__file__).parent.glob("*.py")), ids=lambda file: file.stem)
def test_every_network_has_this_convolution(file: Path):
    assert "nn.Conv3d(" not in file.read_text().replace("class Conv3d(nn.Conv3d):", "")


def kernels(network: nn.Module, image: torch.Tensor) -> str:
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU]) as profiled:
        network(image)
    return " ".join(event.key for event in profiled.key_averages())


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch is without oneDNN")
def test_one_subject_does_not_go_to_the_slow_kernel():
    image = torch.rand(SHAPES["one"])
    assert "slow_conv3d" in kernels(nn.Conv3d(4, 5, 3), image)  # torch has mended it if this fails: drop our own then
    assert "slow_conv3d" not in kernels(Conv3d(4, 5, 3), image)


def test_lower_precision_is_left_to_torch():
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert Conv3d(4, 5, 3)(torch.rand(SHAPES["one"])).dtype == torch.bfloat16
