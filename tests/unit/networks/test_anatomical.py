"""ACNN's networks: the printed counts, the sizes they give, and what each does not see."""

from __future__ import annotations

import pytest
import torch

from cardioprior.errors import CardioPriorError
from cardioprior.networks.anatomical import AnatomicalNet
from cardioprior.networks.anatomical_rivals import AutoencodedNet, SliceFCN, StackUNet
from cardioprior.networks.blocks import parameter_count
from cardioprior.networks.shape_prior import CodePredictor, ShapeAutoencoder
from cardioprior.networks.super_resolution import UpsampledFirstNet

SIZE = (60, 120, 120)
SMALL = (24, 48, 72)


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        (lambda: AnatomicalNet(32, 3), 1_598_595),
        (lambda: AnatomicalNet(32, 2, factor=1), 1_580_130),  # of table II, which prints none
        (lambda: StackUNet(16, 3), 1_635_891),
        (lambda: AutoencodedNet(32, 8, 3), 1_677_558),
        (lambda: AutoencodedNet(32, 16, 3), 1_910_886),
        (lambda: SliceFCN(23, 3), 1_414_509),
        (lambda: ShapeAutoencoder(16, 3, SIZE), 571_219),
        (lambda: CodePredictor(32, SIZE), 1_866_979),
        (lambda: AnatomicalNet(32, 1), 1_598_529),
        (lambda: UpsampledFirstNet(32, 1), 1_607_297),
    ],
)
def test_parameters_are_those_of_the_paper(network, parameters):
    assert parameter_count(network()) == parameters


@pytest.mark.parametrize(
    "network", [AnatomicalNet(4, 3), StackUNet(4, 3), AutoencodedNet(4, 2, 3), UpsampledFirstNet(4, 3)]
)
@pytest.mark.parametrize("size", [(3, 16, 24), (5, 40, 32)])
def test_a_thick_stack_becomes_one_of_five_times_the_slices_at_any_size(network, size):
    z, y, x = size
    with torch.no_grad():
        assert network.eval()(torch.rand(2, 1, *size)).shape == (2, 3, 5 * z, y, x)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_slices_multiply_by_the_factor_alone(factor):
    with torch.no_grad():
        assert AnatomicalNet(2, 1, factor).eval()(torch.rand(1, 1, 4, 16, 16)).shape == (1, 1, 4 * factor, 16, 16)


def test_a_thin_slice_comes_from_its_own_thick_one():
    """Without the convolutions across slices, each thick slice feeds the five thin ones at its place and the first or
    last few of its neighbours': the kernel is ten slices long and centred."""
    network = AnatomicalNet(1, 1).thinner[0]
    stack = torch.zeros(1, 2, 5, 1, 1)
    stack[0, :, 2] = 1
    deconvolution = network[0]
    with torch.no_grad():
        deconvolution.weight.fill_(1)
        deconvolution.bias.zero_()
        touched = deconvolution(stack)[0, 0, :, 0, 0].nonzero().flatten().tolist()
    assert touched == list(range(7, 17))  # 10 to 14 are its own; 12 is the middle


def test_a_network_that_upsamples_first_works_on_thin_slices_alone():
    network = UpsampledFirstNet(2, 1).eval()
    depths = []
    for layer in network.network.modules():
        if isinstance(layer, torch.nn.Conv3d | torch.nn.ConvTranspose3d):
            layer.register_forward_hook(lambda _, inputs, output: depths.append(output.shape[2]))
    with torch.no_grad():
        network(torch.rand(1, 1, 3, 16, 16))
    assert len(depths) == 17 and set(depths) == {15}


def test_the_slice_network_sees_slices_alone():
    torch.manual_seed(0)
    network = SliceFCN(8, 3).eval()
    stack = torch.rand(1, 1, 3, 16, 16)
    other = stack.clone()
    other[:, :, 2] = torch.rand(16, 16)
    with torch.no_grad():
        one, two = network(stack), network(other)
    assert one.shape == (1, 3, 3, 16, 16)
    assert torch.equal(one[:, :, :2], two[:, :, :2]) and not torch.equal(one[:, :, 2], two[:, :, 2])


def test_the_autoencoder_behind_the_network_sees_its_probabilities_alone():
    network = AutoencodedNet(2, 2, 3).eval()
    image = torch.rand(1, 1, 2, 16, 16)
    with torch.no_grad():
        first, second = network.both_logits(image)
        assert torch.equal(first, network.network(image)) and torch.equal(second, network(image))
        shifted = first + 7  # the same probabilities
        assert torch.allclose(network.autoencoder(shifted.softmax(1)), second, atol=1e-5)


def test_shapes_become_codes_of_64_and_come_back_at_their_size():
    network = ShapeAutoencoder(4, 3, SMALL).eval()
    with torch.no_grad():
        code = network.encode(torch.rand(2, 3, *SMALL))
        assert code.shape == (2, 64)
        assert network.decode(code).shape == (2, 3, *SMALL)
        assert CodePredictor(2, SMALL).eval()(torch.rand(2, 1, *SMALL)).shape == (2, 64)


def test_the_code_of_a_coarse_grid_can_be_made_of_several_maps():
    """One cell: of one map all codes lie on a line, as they are made of one number; of four they do not."""
    torch.manual_seed(0)
    shapes = torch.rand(9, 3, 12, 24, 24)
    ranks = []
    for maps in (1, 4):
        network = ShapeAutoencoder(4, 3, (12, 24, 24), maps=maps).eval()
        with torch.no_grad():
            codes = network.encode(shapes)
            assert network.decode(codes).shape == shapes.shape
        ranks.append(int(torch.linalg.matrix_rank(codes - codes.mean(dim=0), rtol=1e-3)))
    assert ranks[0] <= 1 < ranks[1] <= 4


def test_codes_take_any_sign():
    torch.manual_seed(0)
    with torch.no_grad():
        codes = ShapeAutoencoder(4, 3, SMALL).eval().encode(torch.rand(4, 3, *SMALL))
    assert (codes < 0).any() and (codes > 0).any()


def test_a_size_that_does_not_divide_is_refused():
    with pytest.raises(CardioPriorError, match=r"\(25, 48, 72\).*multiples of \(12, 24, 24\)"):
        ShapeAutoencoder(4, 3, (25, 48, 72))
