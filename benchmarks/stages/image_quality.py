"""SSIM of slices, against scikit-image and MONAI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.harness import Case, Work
from benchmarks.inputs import slices

COUNT, SIZE = 20, 192


def cases() -> list[Case]:
    """Slices against the same slices blurred."""
    return [
        Case(
            "SSIM",
            f"{slices(COUNT, SIZE)[0]}, against themselves blurred; Gaussian window of sigma 1.5",
            {"cardioprior": _ours, "scikit-image": _skimage, "MONAI": _monai},
            _agree,
            per=(COUNT, "slices"),
        )
    ]


def _pairs() -> tuple[np.ndarray, np.ndarray]:
    from scipy.ndimage import gaussian_filter

    images = slices(COUNT, SIZE)[1]
    return gaussian_filter(images, (0, 1, 1)), images


def _ours() -> Work:
    from cardioprior.metrics.image_quality import ssim

    found, references = _pairs()
    return lambda: [ssim(image, reference) for image, reference in zip(found, references, strict=True)]


def _skimage() -> Work:
    from skimage.metrics import structural_similarity

    found, references = (array.astype(np.float64) for array in _pairs())
    options: dict[str, Any] = {
        "data_range": 1.0, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False
    }  # fmt: skip
    return lambda: [structural_similarity(r, i, **options) for i, r in zip(found, references, strict=True)]


def _monai() -> Work:
    """All slices at once."""
    import torch
    from monai.metrics import SSIMMetric

    found, references = (torch.from_numpy(array)[:, None] for array in _pairs())
    metric = SSIMMetric(spatial_dims=2, data_range=1.0, win_size=11, kernel_sigma=1.5)
    return lambda: metric._compute_tensor(found, references)[:, 0].tolist()


def _agree(values: Mapping[str, Any]) -> str:
    ours, *others = values.values()
    for other in others:
        np.testing.assert_allclose(other, ours, atol=1e-4)
    return "equal to 1e-4 (MONAI computes in single precision)"
