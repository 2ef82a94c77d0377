"""Stacks with a slice made between each two: interpolation is exact where it must be, codes are mixed in order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torch import nn

from cardioprior.inference.slices import interpolated_stack, mixed_stack

KINDS = ("linear", "b-spline", "lanczos")


def stack(slices: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((slices, 12, 10)).astype(np.float32)


def ramp(slices: int) -> np.ndarray:
    """A stack whose every pixel grows linearly along z, each at a rate of its own."""
    rate = np.random.default_rng(1).uniform(-1, 1, (12, 10))
    return (0.5 + rate * np.arange(slices)[:, None, None] / slices).astype(np.float32)


def test_a_stack_that_is_linear_along_z_is_recovered_by_linear_interpolation():
    whole = ramp(9)
    np.testing.assert_allclose(interpolated_stack(whole[::2], "linear"), whole, atol=1e-5)


def test_a_quarter_of_a_slice_off_is_not_recovered():
    whole = ramp(9)
    off = interpolated_stack(whole[::2], "linear", 0.25)
    step = whole[1] - whole[0]
    np.testing.assert_allclose(off[:-1] - whole[:-1], np.broadcast_to(0.25 * step, off[:-1].shape), atol=1e-5)
    np.testing.assert_allclose(off[-1], whole[-1], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_kept_slices_come_back_as_they_are(kind):
    filled = interpolated_stack(stack(), kind)
    assert filled.shape == (11, 12, 10)
    np.testing.assert_allclose(filled[::2], stack(), atol=1e-5)


def test_b_spline_is_the_cubic_one_of_scipy():
    kept = stack(7)
    places = np.meshgrid(np.arange(13) / 2, np.arange(12), np.arange(10), indexing="ij")
    wanted = map_coordinates(kept.astype(float), places, order=3, mode="mirror")
    np.testing.assert_allclose(interpolated_stack(kept, "b-spline"), wanted, atol=1e-4)


def test_lanczos_between_two_slices_is_the_windowed_sinc_of_five_samples_a_side():
    """In a stack of 20 slices, between slices 9 and 10, no end is near."""
    kept = stack(20)
    distance = np.arange(5) + 0.5
    weights = np.sinc(distance) * np.sinc(distance / 5)
    wanted = sum(w * (kept[9 - n] + kept[10 + n]) for n, w in enumerate(weights)) / (2 * weights.sum())
    found = interpolated_stack(kept, "lanczos")[19]
    np.testing.assert_allclose(found, wanted, atol=0.01)
    turned = interpolated_stack(kept[::-1], "lanczos")[::-1]
    np.testing.assert_allclose(turned, interpolated_stack(kept, "lanczos"), atol=1e-4)


class Halves(nn.Module):
    """Encodes a slice as its half and decodes by doubling."""

    def encoder(self, image: torch.Tensor) -> torch.Tensor:
        return image / 2

    def decoder(self, code: torch.Tensor) -> torch.Tensor:
        return code * 2


def test_mixed_codes_stand_between_the_slices_they_come_from():
    """A code that is linear in the image makes linear interpolation of code mixing."""
    kept = stack(4)
    found = mixed_stack(Halves(), kept, np.arange(7) / 2, torch.device("cpu"))
    np.testing.assert_allclose(found, interpolated_stack(kept, "linear"), atol=1e-5)
    three = mixed_stack(Halves(), kept, np.array([0, 1 / 3, 2.75]), torch.device("cpu"))
    assert three.shape == (3, 12, 10)
    np.testing.assert_allclose(three[1], 2 / 3 * kept[0] + 1 / 3 * kept[1], atol=1e-5)
    np.testing.assert_allclose(three[2], 1 / 4 * kept[2] + 3 / 4 * kept[3], atol=1e-5)
