"""The beta-VAE of label maps: printed counts, and slices of its generator without the rest of it."""

from __future__ import annotations

import pytest
import torch
from scipy.ndimage import map_coordinates

from cardioprior.errors import CardioPriorError
from cardioprior.networks.acquisition import at_places, slice_places
from cardioprior.networks.blocks import parameter_count
from cardioprior.networks.linear_shapes import LinearShapes
from cardioprior.networks.shape_gan import ShapeCritic
from cardioprior.networks.shape_vae import ShapeGenerator, ShapeVAE


@pytest.mark.parametrize(
    ("code", "parameters"), [(8, 293_148), (16, 489_772), (32, 883_020), (64, 1_669_516), (128, 3_242_508)]
)
def test_parameters_are_those_of_the_published_weights(code: int, parameters: int) -> None:
    assert parameter_count(ShapeVAE(4, (64, 128, 128), code)) == parameters


def generator() -> ShapeGenerator:
    """A generator whose weights let codes through to the logits, which vary by some units along z."""
    torch.manual_seed(0)
    made = ShapeGenerator(3, (2, 1, 2), 5, width=2)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.5)
    return made.eval()


@pytest.mark.parametrize("places", [[0.0, 31.0], [5.25, 10.5, 15.75], [0.3, 1.0, 1.5, 2.9, 30.2], [7.0]])
def test_slices_are_those_of_the_whole_shape_at_their_places(places: list[float]) -> None:
    whole = generator()
    code = torch.randn(2, 5)
    with torch.no_grad():
        shape = whole(code)
        assert shape.diff(dim=2).abs().mean() > 0.1
        assert torch.allclose(whole.at_slices(places)(code), at_places(shape, places), atol=1e-4)


def test_the_gradient_through_slices_is_that_through_the_whole_shape() -> None:
    whole, places = generator(), slice_places(32, 7)
    found = []
    for function in (whole.at_slices(places), lambda code: at_places(whole(code), places)):
        code = torch.ones(1, 5, requires_grad=True)
        (gradient,) = torch.autograd.grad(function(code).square().mean(), code)
        found.append(gradient)
    assert torch.allclose(*found, rtol=1e-3) and found[0].abs().max() > 1e-2


def points_within(size: tuple[int, int, int], count: int = 60) -> torch.Tensor:
    """Corners, voxels and places between, indices z, y, x."""
    last = torch.tensor(size, dtype=torch.float64) - 1
    corners = torch.tensor([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=torch.float64) * last
    return torch.cat([corners, torch.rand(count, 3, dtype=torch.float64) * last, torch.tensor([[4.0, 7.0, 2.0]])])


def test_points_are_those_of_the_whole_shape_trilinear() -> None:
    whole = generator()
    code, points = torch.randn(2, 5), points_within(whole.size)
    with torch.no_grad():
        shape, found = whole(code), whole.at_points(points)(code)
    assert found.shape == (2, 3, len(points))
    for subject in range(2):
        for channel in range(3):
            wanted = map_coordinates(shape[subject, channel].double().numpy(), points.T.numpy(), order=1)
            assert found[subject, channel].numpy() == pytest.approx(wanted, abs=1e-4)


def test_the_gradient_through_points_is_that_through_the_whole_shape() -> None:
    whole = generator()
    voxels = torch.tensor([[0, 0, 0], [31, 15, 31], [7, 8, 9], [12, 3, 30]])
    found = []
    for function in (whole.at_points(voxels), lambda code: whole(code)[:, :, *voxels.T]):
        code = torch.ones(1, 5, requires_grad=True)
        (gradient,) = torch.autograd.grad(function(code).square().mean(), code)
        found.append(gradient)
    assert torch.allclose(*found, rtol=1e-3) and found[0].abs().max() > 1e-2


def test_a_size_that_is_no_multiple_of_sixteen_is_refused() -> None:
    with pytest.raises(CardioPriorError, match=r"\(64, 120, 128\).*wanted multiples of 16"):
        ShapeVAE(4, (64, 120, 128), 8)


def test_linear_shapes_are_their_mean_plus_weighted_components_on_every_slice() -> None:
    mean = torch.arange(12.0).reshape(1, 3, 2, 2)
    components = torch.stack([torch.ones(1, 3, 2, 2), torch.arange(3.0)[None, :, None, None].expand(1, 3, 2, 2)])
    shapes = LinearShapes(mean, components)
    code = torch.tensor([[2.0, 10.0]])
    assert torch.equal(shapes(code)[0, 0, 2], mean[0, 2] + 2 + 20)
    assert torch.equal(shapes.at_slices([0.5])(code)[0, 0, 0], mean[0, :2].mean(dim=0) + 2 + 5)


def test_the_critic_gives_every_shape_one_score() -> None:
    assert ShapeCritic(4, (16, 32, 32), width=2)(torch.rand(3, 4, 16, 32, 32)).shape == (3,)
