"""The regression U-net: as large as printed, for any size, with a scanning module that is worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from cardioprior.networks.blocks import parameter_count
from cardioprior.networks.unet_3d import UNet3D
from cardioprior.networks.volume_regressor import (
    ScanningModule,
    VolumeRegressor,
    holds_lv,
    pi_estimates,
    volumes_ml,
)


def disc(size: int, radius: float, centre: tuple[float, float]) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return (torch.hypot(y - centre[0], x - centre[1]) <= radius).float()


def rectangle(rows: slice, columns: slice, size: int = 88) -> torch.Tensor:
    cam = torch.zeros(size, size)
    cam[rows, columns] = 1
    return cam


def scanned(*slices: torch.Tensor, box: int = 25):
    return ScanningModule(box)(torch.stack(slices)[None])


def test_at_the_papers_width_there_are_21_88_million_parameters_where_21_87_are_printed():
    with torch.device("meta"):
        network = VolumeRegressor(32, 25)
    assert parameter_count(network, batch_norm=False) == 21_879_009
    assert math.floor(parameter_count(network, batch_norm=False) / 1e4) / 100 == 21.87


def test_the_scanning_module_has_nothing_to_train():
    assert parameter_count(ScanningModule(25)) == 0 and not list(ScanningModule(25).buffers())


def test_an_area_is_that_of_the_object_that_fills_the_box_best_wherever_it_lies():
    """6 x 4 pixels in the middle and 2 x 3 in a corner more than 25 away: the larger one counts, not both."""
    both = rectangle(slice(40, 46), slice(50, 54)) + rectangle(slice(0, 2), slice(85, 88))
    assert scanned(both).areas.tolist() == [[24]]
    assert scanned(rectangle(slice(82, 88), slice(84, 88))).areas.tolist() == [[24]]


def test_two_objects_within_one_box_count_together():
    both = rectangle(slice(40, 44), slice(40, 44)) + rectangle(slice(50, 52), slice(50, 52))
    assert scanned(both).areas.tolist() == [[16 + 4]]


def test_the_box_caps_the_area_of_a_slice_at_its_own():
    """A square of 30 x 30 pixels is read as 25 x 25; at 2 mm and 10 mm between slices that is 25 of 36 ml."""
    scan = scanned(rectangle(slice(20, 50), slice(30, 60)))
    assert scan.areas.tolist() == [[625]]
    assert volumes_ml(scan, torch.tensor([0.04])).tolist() == pytest.approx([25.0])


def test_a_diameter_is_the_mean_of_the_largest_row_and_the_largest_column():
    """10 rows and 6 columns: the longest row has 6 pixels, the longest column 10. A line elsewhere lengthens it."""
    block = rectangle(slice(30, 40), slice(30, 36))
    assert scanned(block).diameters.tolist() == [[8]]
    line = rectangle(slice(70, 71), slice(0, 40))
    assert scanned(block + line).diameters.tolist() == [[(40 + 11) / 2]]


def test_pi_is_4_for_a_square_and_nearly_pi_for_a_disc():
    square, circle = rectangle(slice(10, 20), slice(50, 60)), disc(88, 10, (43.5, 30.5))
    estimates = pi_estimates(scanned(square, circle))[0]
    assert estimates[0] == pytest.approx(4.0)
    assert estimates[1] == pytest.approx(math.pi, rel=0.03)


def test_a_slice_holds_lv_where_the_map_exceeds_one_half_somewhere():
    faint = rectangle(slice(0, 88), slice(0, 88)) * 0.5
    spot = rectangle(slice(3, 4), slice(5, 6)) * 0.6
    assert holds_lv(torch.stack([faint, spot])[None]).tolist() == [[False, True]]


def test_a_volume_is_the_sum_of_the_slices_areas_in_the_voxels_of_each_case():
    block = rectangle(slice(10, 20), slice(50, 60))
    scan = ScanningModule(25)(torch.stack([torch.stack([block, block]), torch.stack([block, 0 * block])]))
    assert volumes_ml(scan, torch.tensor([0.01, 0.04])).tolist() == pytest.approx([2.0, 4.0])


def test_a_box_larger_than_the_image_takes_the_whole_image():
    assert scanned(torch.ones(16, 16)).areas.tolist() == [[256]]


@pytest.mark.parametrize("slices", [1, 3])
@pytest.mark.parametrize("size", [88, 32, 44, 50])
@torch.no_grad()
def test_any_stack_gets_a_map_of_its_own_size_between_0_and_1(slices, size):
    torch.manual_seed(0)
    found = VolumeRegressor(2, 25).eval()(torch.rand(2, 1, slices, size, size))
    assert found.cam.shape == (2, slices, size, size)
    assert found.cam.min() >= 0 and found.cam.max() <= 1
    assert found.scan.areas.shape == found.scan.diameters.shape == (2, slices)
    assert found.bottleneck.shape == (2, 32, slices, *2 * [math.ceil(size / 16)])
    assert found.bottleneck.min() >= 0


@torch.no_grad()
def test_the_last_row_of_an_odd_size_is_seen_at_the_coarsest_level():
    """88 is halved to 11 and then to 6, the sixth from the eleventh alone: what lies there reaches the bottleneck."""
    torch.manual_seed(0)
    network = UNet3D(2, classes=1).eval()
    image = torch.rand(1, 1, 1, 88, 88)
    changed = image.clone()
    changed[..., 87, :] += 1
    before, after = (network.with_bottleneck(i)[1] for i in (image, changed))
    assert not torch.equal(before[..., 5, :], after[..., 5, :])


def test_volume_and_pi_reach_the_weights_of_the_network():
    torch.manual_seed(0)
    network = VolumeRegressor(2, 9)
    found = network(torch.rand(1, 1, 2, 32, 32))
    (volumes_ml(found.scan, torch.ones(1)).sum() + pi_estimates(found.scan).sum()).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert network.unet.encoder[0][0][0].weight.grad.abs().max() > 0
