"""Random fields with a correlation length, and their lookup at any points."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float | tuple[float, ...]) -> np.ndarray:
    """A Gaussian random field of SD 1, float32, that wraps around; `sigma` (cells) is its correlation length."""
    from scipy.ndimage import gaussian_filter

    field = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, mode="wrap")
    return field / max(float(field.std()), 1e-6)


class Texture:
    """A random field in space of SD 1 that repeats every `period_mm`; `grain_mm` is its correlation length."""

    def __init__(self, rng: np.random.Generator, grain_mm: float, device: torch.device, cells: int = 48) -> None:
        self.step_mm = grain_mm / 1.2
        field = smooth_noise(rng, (cells, cells, cells), 1.2)
        closed = np.pad(field, ((0, 1), (0, 1), (0, 1)), mode="wrap")
        self.field = torch.as_tensor(closed, device=device)[None, None]
        self.cells = cells

    def at(self, x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Its values at places in mm, all of one shape."""
        places = torch.stack(torch.broadcast_tensors(x, y, z), dim=-1) * (1 / self.step_mm)
        grid = torch.remainder(places, self.cells) * (2 / self.cells) - 1
        values = F.grid_sample(self.field, grid.reshape(1, 1, 1, -1, 3), align_corners=True, mode="bilinear")
        return values.reshape(places.shape[:-1])
