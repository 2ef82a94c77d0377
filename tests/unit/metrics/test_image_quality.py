"""SSIM, PSNR and VIF against independent libraries, and the public code's slips against what they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cardioprior.metrics.image_quality import psnr_db, ssim, ssim_of_public_code, vif, vif_of_public_code


def picture(seed: int, blur: float = 2.0) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).random((128, 128)), blur)
    return (smooth - smooth.min()) / np.ptp(smooth)


def noisy(image: np.ndarray, sd: float = 0.05) -> np.ndarray:
    return (image + np.random.default_rng(9).normal(0, sd, image.shape)).clip(0, 1)


PAIRS = [(noisy(picture(0)), picture(0)), (picture(1), picture(0)), (gaussian_filter(picture(2), 1.5), picture(2))]


@pytest.mark.parametrize(("image", "reference"), PAIRS)
def test_psnr_and_vif_agree_with_torchmetrics(image, reference):
    functional = pytest.importorskip("torchmetrics.functional.image")
    import torch

    found, true = (torch.from_numpy(array)[None, None] for array in (image, reference))
    assert psnr_db(image, reference) == pytest.approx(
        float(functional.peak_signal_noise_ratio(found, true, data_range=1.0)), abs=1e-4
    )
    wanted = float(functional.visual_information_fidelity(255 * found, 255 * true))
    assert vif(image, reference) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("image", "reference"), PAIRS)
def test_ssim_agrees_with_monai(image, reference):
    regression = pytest.importorskip("monai.metrics.regression")
    import torch

    found, true = (torch.from_numpy(array)[None, None].float() for array in (image, reference))
    wanted, _ = regression.compute_ssim_and_cs(
        found, true, 2, (11, 11), (1.5, 1.5), data_range=torch.tensor(1.0), kernel_type="gaussian"
    )
    assert ssim(image, reference) == pytest.approx(float(wanted.mean()), abs=1e-4)


def test_psnr_by_hand():
    """Every pixel .1 off: a mean squared error of .01 is 20 dB."""
    image = np.full((8, 8), 0.4)
    assert psnr_db(image + 0.1, image) == pytest.approx(20)
    assert psnr_db(image, image) == math.inf


def test_an_image_equals_itself():
    image = picture(3)
    assert ssim(image, image) == pytest.approx(1)
    assert vif(image, image) == pytest.approx(1, abs=1e-6)


def test_without_a_data_range_ssim_is_inflated():
    image, reference = PAIRS[0]
    assert ssim_of_public_code(image, reference) > ssim(image, reference) + 0.05


def test_in_eight_bits_unrelated_pictures_have_a_high_vif():
    assert vif(picture(1), picture(0)) < 0.1
    assert vif_of_public_code(picture(1), picture(0)) > 0.5
