"""Volumes cut into windows of three slices and put together again, and labels brought back to the subject's grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from cardioprior.imaging.geometry import Grid, image_centre, in_plane_grid, resample
from cardioprior.inference.segmentation import native_labels, segment, segment_overlapping, segment_phases
from cardioprior.metrics.overlap import dice
from cardioprior.preparations.short_axis_frames import grids
from cardioprior.store import Record


class Witness(nn.Module):
    """Answers for each slice with the mean and the number of its window, as logits of classes 0 and 1; class 2 is the
    slice itself."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[float]] = []

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        self.seen += windows[:, 0, :, 0, 0].tolist()
        number = torch.arange(len(windows)).reshape(-1, 1, 1, 1, 1).expand_as(windows)
        mean = windows.mean(dim=2, keepdim=True).expand_as(windows)
        return torch.cat([mean, number, windows], dim=1)


def stack(slices: int) -> torch.Tensor:
    return torch.arange(float(slices)).reshape(-1, 1, 1).expand(-1, 2, 2).clone() / 10


def told(slices: int) -> tuple[list, list, list]:
    """Windows seen in tenths, and for every slice of the result its own index and its window's mean, as differences
    of log probabilities tell them."""
    witness = Witness()
    with torch.no_grad():
        logs = segment(witness, stack(slices)).log()
    mean, number, own = logs[:, :, 0, 0]
    windows = [[round(10 * value) for value in window] for window in witness.seen]
    which = [round(value) for value in (number - own + torch.arange(slices) / 10).tolist()]
    middles = [round(value) for value in (10 * (mean - own) + torch.arange(slices)).tolist()]
    return windows, which, middles


def test_overlapping_windows_are_averaged_slice_by_slice():
    """A network that answers with its window's number: slice 2 of five lies in windows 0, 1 and 2."""

    class Number(nn.Module):
        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            number = torch.arange(len(windows)).reshape(-1, 1, 1, 1, 1).expand_as(windows)
            p = 0.1 + 0.2 * number
            return torch.cat([p, 1 - p], dim=1).log()

    share = segment_overlapping(Number(), stack(5))[0, :, 0, 0]
    assert share.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


@pytest.mark.parametrize("slices", [2, 3, 7])
def test_a_network_that_sees_slices_alone_gives_the_same_from_overlapping_windows(slices):
    class Slices(nn.Module):
        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            return torch.cat([windows, -windows, 2 * windows], dim=1)

    assert torch.allclose(segment_overlapping(Slices(), stack(slices)), segment(Slices(), stack(slices)))


@pytest.mark.parametrize(
    ("slices", "windows", "window_of_slice"),
    [
        (3, [[0, 1, 2]], [0, 0, 0]),
        (6, [[0, 1, 2], [3, 4, 5]], [0, 0, 0, 1, 1, 1]),
        (7, [[0, 1, 2], [3, 4, 5], [4, 5, 6]], [0, 0, 0, 1, 1, 1, 2]),
        (8, [[0, 1, 2], [3, 4, 5], [5, 6, 7]], [0, 0, 0, 1, 1, 1, 2, 2]),
        (4, [[0, 1, 2], [1, 2, 3]], [0, 0, 0, 1]),
    ],
)
def test_windows_are_disjoint_and_the_last_gives_only_what_is_missing(slices, windows, window_of_slice):
    seen, which, middles = told(slices)
    assert seen == windows
    assert which == window_of_slice
    assert middles == [windows[window][1] for window in window_of_slice]


@pytest.mark.parametrize(("slices", "window"), [(1, [0, 0, 0]), (2, [0, 1, 1])])
def test_a_short_volume_repeats_its_last_slice_and_comes_back_as_short_as_it_was(slices, window):
    seen, which, _ = told(slices)
    assert seen == [window]
    assert which == [0] * slices


def test_every_voxel_has_probabilities_that_sum_to_one():
    with torch.no_grad():
        probabilities = segment(Witness(), stack(5))
    assert probabilities.shape == (3, 5, 2, 2)
    torch.testing.assert_close(probabilities.sum(dim=0), torch.ones(5, 2, 2))


def oblique(spacing_zyx: tuple[float, float, float]) -> np.ndarray:
    z, y, x = spacing_zyx
    row, column = np.array([0.8, 0.6, 0.0]), np.array([-0.36, 0.48, -0.8])
    affine = np.eye(4)
    affine[:3, :3] = np.stack([row * x, column * y, np.cross(row, column) * z], axis=1)
    affine[:3, 3] = (12.3, -45.6, 78.9)
    return affine


NATIVE = Grid((3, 60, 64), oblique((10.0, 1.4, 1.4)))
PREPARED = in_plane_grid(NATIVE, 1.0, 80, image_centre(NATIVE))


def heart(grid: Grid) -> np.ndarray:
    """LV, MYO and RV as discs and rings about points in the patient, drawn on any grid with NATIVE's slices."""
    y, x = np.indices(grid.shape_zyx[1:])
    index = np.stack([x, y, np.zeros_like(x), np.ones_like(x)]).reshape(4, -1)
    on_native = (np.linalg.inv(NATIVE.affine) @ grid.affine @ index).reshape(4, *x.shape)
    labels = np.zeros(x.shape, np.uint8)
    labels[np.hypot(on_native[0] - 20.3, on_native[1] - 27.6) < 9] = 3
    distance = np.hypot(on_native[0] - 33.4, on_native[1] - 28.7)
    labels[distance < 11] = 2
    labels[distance < 7] = 1
    return np.repeat(labels[None], grid.shape_zyx[0], axis=0)


def one_hot(labels: np.ndarray) -> np.ndarray:
    return np.stack([labels == c for c in range(4)]).astype(np.float32)


def test_the_way_to_the_prepared_grid_and_back_keeps_hearts_in_size_and_place():
    native = heart(NATIVE)
    prepared = resample(native, NATIVE, PREPARED, "nearest")
    back = native_labels(one_hot(prepared), PREPARED, NATIVE)
    assert back.dtype == np.uint8 and back.shape == native.shape
    for label in (1, 2, 3):
        assert dice(back == label, native == label) > 0.95
        shift = np.subtract(ndimage.center_of_mass(back == label), ndimage.center_of_mass(native == label))
        assert abs(shift).max() < 0.1


def test_a_heart_drawn_on_the_prepared_grid_lies_where_it_is_drawn_on_the_native_one():
    """Independent of `resample` on the way there: the two grids share patient coordinates alone. The pixels of a disc
    drawn twice differ at its rim, hence the fifth of a pixel."""
    back, native = native_labels(one_hot(heart(PREPARED)), PREPARED, NATIVE), heart(NATIVE)
    for label in (1, 2, 3):
        assert dice(back == label, native == label) > 0.95
        shift = np.subtract(ndimage.center_of_mass(back == label), ndimage.center_of_mass(native == label))
        assert abs(shift).max() < 0.2


def test_outside_of_the_prepared_grid_all_is_background():
    small = in_plane_grid(NATIVE, 1.4, 16, image_centre(NATIVE))
    everywhere_lv = np.zeros((4, *small.shape_zyx), np.float32)
    everywhere_lv[1] = 1
    labels = native_labels(everywhere_lv, small, NATIVE)
    assert np.count_nonzero(labels) == (labels == 1).sum() == 3 * 16 * 16
    assert labels[:, 22:38, 24:40].all()


def test_every_phase_of_a_record_is_segmented_on_its_own_grid():
    class Oracle(nn.Module):
        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            classes = torch.arange(4.0).reshape(1, 4, 1, 1, 1)
            return -100 * (windows - classes).abs()

    images = {"image_ED": heart(PREPARED), "image_ES": np.zeros(PREPARED.shape_zyx)}
    record = Record("a", {name: image.astype(np.float32) for name, image in images.items()}, grids(NATIVE, PREPARED))
    labels = segment_phases(Oracle(), record, torch.device("cpu"))
    assert sorted(labels) == ["labels_ED", "labels_ES"]
    assert dice(labels["labels_ED"] == 1, heart(NATIVE) == 1) > 0.95
    assert not labels["labels_ES"].any()
