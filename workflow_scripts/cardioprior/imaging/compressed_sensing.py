"""Images from undersampled k-space by compressed sensing, with SigPy: the baseline that makes an image first."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cardioprior.imaging.kspace import complex_images, phase_maps

#: weight of the total variation, in parts of the brightest voxel of the zero-filled images
WEIGHT = 2e-3
#: how much stronger frames are held together than neighbouring voxels of a frame
TEMPORAL = 5.0


def reconstructed(cine: Tensor, waves: Tensor, masks: Tensor, iterations: int) -> Tensor:
    """Magnitudes (n, t, y, x) that fit the masked lines of cines and vary little in space and time.

    cine: float (n, t, y, x). waves: of their phase, see imaging.kspace.draw_waves. masks: bool (n, t, y). The weight of
    the total variation was chosen on phantoms that no study tests. Least squares with an l1 norm of finite differences
    (Lustig et al. 2007), by the primal-dual method in so many iterations, all samples at once.
    """
    import sigpy

    images = complex_images(cine, phase_maps(waves, (cine.shape[-2], cine.shape[-1])))
    acquired = torch.fft.ifftshift(masks, dim=-1)[..., None].numpy()
    fourier = sigpy.linop.FFT(tuple(cine.shape), axes=(2,), center=False)
    sampled = sigpy.linop.Multiply(tuple(cine.shape), acquired.astype(np.float32)) * fourier
    lines = sampled(images.numpy())
    differences = sigpy.linop.FiniteDifference(tuple(cine.shape), axes=(1, 2, 3))
    weights = np.array([TEMPORAL, 1, 1], np.float32).reshape(3, 1, 1, 1, 1)
    steps = sigpy.linop.Multiply(differences.oshape, weights) * differences
    weight = WEIGHT * float(np.abs(sampled.H(lines)).max())
    solver = sigpy.app.LinearLeastSquares(
        sampled, lines, proxg=sigpy.prox.L1Reg(steps.oshape, weight), G=steps, g=lambda d: weight * np.abs(d).sum(),
        max_iter=iterations, show_pbar=False,
    )  # fmt: skip
    return torch.from_numpy(np.abs(solver.run()))
