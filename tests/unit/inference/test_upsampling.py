"""More slices through the plane, and nothing else changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardioprior.imaging.volume import Volume
from cardioprior.inference.stored import Stored
from cardioprior.inference.upsampling import places_of, upsampled

SETTINGS = {"spacing_mm": 1.5, "size": 32, "crop": 16, "centre": "picture", "frames": "all"}


class Halves(nn.Module):
    """Encodes a slice as its half and decodes by doubling: mixing codes is linear interpolation."""

    def encoder(self, image: torch.Tensor) -> torch.Tensor:
        return image / 2

    def decoder(self, code: torch.Tensor) -> torch.Tensor:
        return code * 2


MODEL = Stored({"autoencoder": Halves()}, {"name": "in_plane_slices", "settings": SETTINGS})


def image(spacing_mm: float = 8.0, pixel_mm: float = 1.5) -> Volume:
    """Two frames of four smooth slices."""
    y, x = np.indices((24, 20)) / 24
    phase = np.arange(8).reshape(2, 4, 1, 1)
    data = 300 + 100 * np.sin(3 * x + y + 0.5 * phase)
    return Volume(data.astype(np.float32), np.diag([pixel_mm, pixel_mm, spacing_mm, 1.0]))


@pytest.mark.parametrize(
    ("slices", "spacing", "wanted", "places"),
    [
        (3, 8, 4, [0, 0.5, 1, 1.5, 2]),
        (3, 10, 4, [0, 0.4, 0.8, 1.2, 1.6, 2]),
        (3, 10, 7, [0, 0.7, 1.4]),
        (2, 6, 2, [0, 1 / 3, 2 / 3, 1]),
    ],
)
def test_wanted_slices_lie_from_the_first_to_at_most_the_last(slices, spacing, wanted, places):
    assert places_of(slices, spacing, wanted).tolist() == pytest.approx(places)


def test_acquired_slices_stay_and_those_between_are_mixed():
    found = upsampled(image(), 2.0, MODEL, torch.device("cpu"))
    assert found.data.shape == (2, 13, 24, 20)
    assert found.spacing_mm == pytest.approx((2.0, 1.5, 1.5))
    assert np.array_equal(found.data[:, ::4], image().data)
    low, high = np.percentile(image().data[0], [1, 99])
    clamped = image().data[0].clip(low, high)
    np.testing.assert_allclose(found.data[0, 1, 4:-4, 4:-4], (0.75 * clamped[0] + 0.25 * clamped[1])[4:-4, 4:-4],
                               atol=0.5)  # fmt: skip


def test_the_first_slice_keeps_its_place_in_the_patient():
    given = image()
    given.affine[:3, 3] = [10, -20, 30]
    found = upsampled(given, 3.0, MODEL, torch.device("cpu"))
    assert found.affine[:3, 3].tolist() == [10, -20, 30]
    assert found.affine[2, 2] == pytest.approx(3.0)


def test_pixels_of_another_size_than_the_models_come_back_on_their_own_grid():
    found = upsampled(image(pixel_mm=0.9), 4.0, MODEL, torch.device("cpu"))
    assert found.data.shape == (2, 7, 24, 20) and found.spacing_mm == pytest.approx((4.0, 0.9, 0.9))
    between = 0.5 * (image().data[0, 0] + image().data[0, 1])
    assert np.abs(found.data[0, 1] - between)[3:-3, 3:-3].max() < 10
