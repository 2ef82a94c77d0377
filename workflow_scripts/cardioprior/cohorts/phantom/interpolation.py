"""Linear interpolation of tables over height and angle."""

from __future__ import annotations

import math

import torch


class Along:
    """From tables over places z_mm (F, H) to the same over the places wanted_mm (K,), constant beyond the ends."""

    def __init__(self, z_mm: torch.Tensor, wanted_mm: torch.Tensor) -> None:
        frames, heights = z_mm.shape
        wanted = wanted_mm.expand(frames, -1).contiguous()
        upper = torch.searchsorted(z_mm.contiguous(), wanted).clamp_(1, heights - 1)
        low, high = z_mm.gather(1, upper - 1), z_mm.gather(1, upper)
        self.share = ((wanted - low) / (high - low)).clamp_(0, 1)[..., None]
        self.lower = upper - 1
        self.first_of_frame = torch.arange(frames, device=z_mm.device)[:, None] * heights

    def __call__(self, table: torch.Tensor) -> torch.Tensor:
        """(F, H, A), or (H, A) for all frames, to (F, K, A)."""
        rows = self.lower if table.ndim == 2 else self.lower + self.first_of_frame
        flat = table.reshape(-1, table.shape[-1])
        return torch.lerp(flat[rows], flat[rows + 1], self.share)


def along_each(table: torch.Tensor, z_mm: torch.Tensor, wanted_mm: torch.Tensor) -> torch.Tensor:
    """A table (F, H, A) over places z_mm (F, H or 1, A or 1), at places wanted_mm (F, K, A or 1); each angle alone."""
    z = z_mm.expand(table.shape).transpose(1, 2).contiguous()
    wanted = wanted_mm.expand(len(table), -1, table.shape[2]).transpose(1, 2).contiguous()
    upper = torch.searchsorted(z, wanted).clamp_(1, z.shape[2] - 1)
    low, high = z.gather(2, upper - 1), z.gather(2, upper)
    share = ((wanted - low) / (high - low)).clamp_(0, 1)
    values = table.transpose(1, 2)
    return torch.lerp(values.gather(2, upper - 1), values.gather(2, upper), share).transpose(1, 2)


def turned(tables: torch.Tensor, turn_rad: torch.Tensor) -> torch.Tensor:
    """Tables (F, C, Z, A) over a whole turn of angles, each row (F, Z) turned by its own angle."""
    angles = tables.shape[-1]
    place = -turn_rad * (angles / (2 * math.pi))
    whole = place.floor()
    share = (place - whole)[:, None, :, None]
    column = torch.arange(angles, device=tables.device) + whole.long()[..., None]
    lower = torch.remainder(column, angles)[:, None].expand(tables.shape)
    upper = torch.remainder(column + 1, angles)[:, None].expand(tables.shape)
    return torch.lerp(tables.gather(3, lower), tables.gather(3, upper), share)
