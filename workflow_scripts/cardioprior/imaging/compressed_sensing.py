"""Images from undersampled k-space by compressed sensing, with SigPy: the baseline that makes an image first."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from cardioprior.imaging.kspace import complex_images, phase_maps

#: weight of the total variation of cines from 0 to 1; of some from .003 to .03 the best at 5 and 10 of 48 lines on
#: phantoms that no study tests
WEIGHT = 0.015
#: of the alternating direction method: its penalty, and steps of conjugate gradients in each of its own
PENALTY, INNER_STEPS = 0.5, 5


def reconstructed(cine: Tensor, waves: Tensor, masks: Tensor, iterations: int) -> Tensor:
    """Magnitudes (n, t, y, x) that fit the masked lines of cines and vary little in space and time.

    cine: float (n, t, y, x), from 0 to 1. waves: of their phase, see imaging.kspace.draw_waves. masks: bool (n, t, y).
    Least squares with an l1 norm of finite differences along t, y and x, all of one weight (Lustig et al. 2007), by the
    alternating direction method of multipliers from the zero-filled images on, all samples at once.
    """
    import sigpy

    images = complex_images(cine, phase_maps(waves, (cine.shape[-2], cine.shape[-1])))
    acquired = torch.fft.ifftshift(masks, dim=-1)[..., None].numpy()
    fourier = sigpy.linop.FFT(tuple(cine.shape), axes=(2,), center=False)
    sampled = sigpy.linop.Multiply(tuple(cine.shape), acquired.astype(np.float32)) * fourier
    lines = sampled(images.numpy())
    differences = sigpy.linop.FiniteDifference(tuple(cine.shape), axes=(1, 2, 3))
    solver = sigpy.app.LinearLeastSquares(
        sampled, lines, x=sampled.H(lines), proxg=sigpy.prox.L1Reg(differences.oshape, WEIGHT), G=differences,
        solver="ADMM", rho=PENALTY, max_cg_iter=INNER_STEPS, max_iter=iterations, show_pbar=False,
    )  # fmt: skip
    return torch.from_numpy(np.abs(solver.run()))
