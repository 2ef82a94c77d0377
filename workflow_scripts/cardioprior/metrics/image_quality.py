"""How close an image is to its reference: SSIM, PSNR, VIF; two-dimensional arrays from 0 to 1.

The functions named after the public code of the slice interpolation paper repeat its slips, to show what they change.
"""

from __future__ import annotations

import numpy as np

#: of the range 0 to 255 that VIF's noise variance is meant for
VIF_RANGE, VIF_NOISE = 255.0, 2.0


def ssim(image: np.ndarray, reference: np.ndarray) -> float:
    """Structural similarity, Gaussian window of sigma 1.5, data range 1 (Wang et al., IEEE TIP 2004)."""
    from skimage.metrics import structural_similarity

    found = structural_similarity(
        _wide(reference), _wide(image), data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return float(found)


def psnr_db(image: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB, peak 1; infinite for equal images."""
    error = float(np.square(_wide(image) - _wide(reference)).mean())
    return float("inf") if error == 0 else -10 * float(np.log10(error))


def vif(image: np.ndarray, reference: np.ndarray) -> float:
    """Visual information fidelity in the pixel domain (Sheikh and Bovik, IEEE TIP 2006), on the range 0 to 255."""
    from sewar.full_ref import vifp

    return float(vifp(VIF_RANGE * _wide(reference), VIF_RANGE * _wide(image), sigma_nsq=VIF_NOISE))


def ssim_of_public_code(image: np.ndarray, reference: np.ndarray) -> float:
    """Without a data range, which is then taken as that of the type, -1 to 1; uniform window of 7."""
    from skimage.metrics import structural_similarity

    return float(structural_similarity(_wide(reference), _wide(image), data_range=2.0))


def vif_of_public_code(image: np.ndarray, reference: np.ndarray) -> float:
    """The formula of `vif` in whole numbers of eight bits: squares wrap at 256, and so do their filtered means."""
    from scipy.ndimage import gaussian_filter

    first, second = (np.uint8(VIF_RANGE * array) for array in (reference, image))
    explained = total = 0.0
    for scale in range(1, 5):
        sigma = (2 ** (5 - scale) + 1) / 5
        if scale > 1:
            first, second = (gaussian_filter(array, sigma)[::2, ::2] for array in (first, second))
        mean, other = gaussian_filter(first, sigma), gaussian_filter(second, sigma)
        variance = gaussian_filter(first * first, sigma) - mean * mean
        variance_2 = gaussian_filter(second * second, sigma) - other * other
        covariance = gaussian_filter(first * second, sigma) - mean * other
        gain = covariance / (variance + 1e-10)
        rest = variance_2 - gain * covariance
        flat, flat_2 = variance < 1e-10, variance_2 < 1e-10
        gain[flat] = 0
        rest[flat] = variance_2[flat]
        gain[flat_2] = rest[flat_2] = 0
        rest = rest.clip(1e-10)
        explained += np.log10(1 + gain**2 * variance / (rest + VIF_NOISE)).sum()
        total += np.log10(1 + variance / VIF_NOISE).sum()
    return float(explained / total) if total else float("nan")


def _wide(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float64)
