"""From an activation map to a mask: above .9, the largest object, dilated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.inference.cam import boxed_areas, cam_mask, dilated, dilation_pixels, largest_object
from cardioprior.inference.volumes import regress_phases
from cardioprior.networks.scanning_box import box_pixels
from cardioprior.networks.volume_regressor import Regression, ScanningModule
from cardioprior.store import Record


@pytest.mark.parametrize(("spacing_mm", "box", "dilation"), [(2.0, 25, 5), (1.5, 33, 7), (2.75, 18, 3), (4.0, 12, 3)])
def test_the_papers_pixels_of_2_mm_are_kept_in_mm_on_other_grids(spacing_mm, box, dilation):
    assert box_pixels(spacing_mm) == box
    assert dilation_pixels(spacing_mm) == dilation


def test_a_mask_is_the_largest_object_above_nine_tenths():
    cam = np.zeros((2, 8, 8), np.float32)
    cam[:, 1:4, 1:4] = 0.95
    cam[0, 6, 6] = 1.0
    cam[:, 1:4, 4] = 0.9
    mask = cam_mask(cam)
    assert mask.sum() == 18 and mask[:, 1:4, 1:4].all()


def test_an_object_reaches_through_slices_over_faces_and_not_over_edges():
    mask = np.zeros((2, 4, 4), bool)
    mask[0, 0, 0] = mask[1, 0, 0] = True  # one above the other
    mask[0, 2, 2] = mask[0, 3, 3] = mask[1, 3, 2] = True  # three that touch at corners alone
    assert np.argwhere(largest_object(mask)).tolist() == [[0, 0, 0], [1, 0, 0]]


def test_a_map_without_anything_above_gives_an_empty_mask():
    assert not cam_mask(np.full((1, 4, 4), 0.9)).any()
    assert not dilated(np.zeros((1, 4, 4), bool), 2.0).any()


def test_a_voxel_becomes_five_by_five_in_its_slice_alone():
    mask = np.zeros((3, 9, 9), bool)
    mask[1, 4, 4] = True
    grown = dilated(mask, 2.0)
    assert grown.sum() == 25 and grown[1, 2:7, 2:7].all()


@pytest.mark.parametrize(("size", "spacing_mm"), [(88, 2.0), (16, 2.0), (44, 4.0)])
def test_areas_in_the_box_are_those_of_the_scanning_module(size, spacing_mm):
    mask = np.random.default_rng(0).random((3, size, size)) > 0.7
    mask[2] = False
    scan = ScanningModule(box_pixels(spacing_mm))(torch.from_numpy(mask)[None].float())
    assert boxed_areas(mask, spacing_mm).tolist() == scan.areas[0].tolist()


def test_every_phase_of_a_record_gets_a_map_its_areas_and_a_volume():
    """The map is the image: 3 x 3 pixels in each of two slices at ED, 2 x 2 in one at ES, voxels of .04 ml."""

    class Image(nn.Module):
        def forward(self, image: torch.Tensor) -> Regression:
            return Regression(image[:, 0], ScanningModule(25)(image[:, 0]), image)

    ed, es = np.zeros((2, 2, 16, 16), np.float32)
    ed[:, 4:7, 4:7], es[0, 5:7, 5:7] = 1, 1
    meta = {"voxel_volume_ml": 0.04}
    found = regress_phases(Image(), Record("a", {"image_ED": ed, "image_ES": es}, meta), torch.device("cpu"))
    assert sorted(found) == ["areas_ED", "areas_ES", "cam_ED", "cam_ES", "volume_ED", "volume_ES"]
    np.testing.assert_array_equal(found["cam_ED"], ed)
    assert (found["areas_ED"].tolist(), found["areas_ES"].tolist()) == ([9, 9], [4, 0])
    assert (float(found["volume_ED"]), float(found["volume_ES"])) == pytest.approx((18 * 0.04, 4 * 0.04))
