"""Simulated k-space of cines: random Cartesian lines for every frame, zero-filled (k-space paper, section 3).

Images are undersampled along y, the phase-encode axis; x, the readout, is always whole, so only y is transformed. Masks
are bool (batch, t, lines) with the centre of k-space at lines // 2. Everything is batched, and runs where its tensors
are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

#: width of the density's Gaussian: lines over this
NARROWNESS = 10
#: of a phase map: sinusoids, the largest amplitude of each in radians, the most periods across the image. The paper
#: says smoothly varying sinusoids and gives no figures (guesses)
WAVES, AMPLITUDE_RAD, PERIODS = 2, math.pi / 2, 1.0


def line_density(lines: Tensor, total: int) -> Tensor:
    """Relative chance (batch, total) of every line of k-space to be drawn first, where `lines` (batch,) are drawn:
    a Gaussian about the centre, plus half the share that is drawn."""
    place = torch.arange(total, device=lines.device, dtype=torch.float32) - total // 2
    gaussian = torch.exp(-0.5 * (place / (total / NARROWNESS)) ** 2)
    return gaussian + lines[:, None] / (2 * total)


def draw_masks(lines: Tensor, frames: int, total: int, generator: torch.Generator) -> Tensor:
    """Masks (batch, frames, total), each frame with `lines` (batch,) of its own, drawn one after another without
    replacement.

    Every line gets an exponential waiting time of its density's rate; those that come first are the draw, and no loop
    over lines is needed.
    """
    waiting = torch.empty((len(lines), frames, total), device=lines.device).exponential_(generator=generator)
    waiting = waiting / line_density(lines, total)[:, None]
    order = waiting.argsort(dim=-1).argsort(dim=-1)
    return order < lines[:, None, None]


def draw_waves(count: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Tensor:
    """Sinusoids (count, WAVES, 4) of phase maps: amplitude in rad, periods along y and x, offset in rad."""
    uniform = torch.rand((count, WAVES, 4), generator=generator, device=device)
    low = torch.tensor([0.0, -PERIODS, -PERIODS, 0.0], device=device)
    high = torch.tensor([AMPLITUDE_RAD, PERIODS, PERIODS, 2 * math.pi], device=device)
    return low + (high - low) * uniform


def phase_maps(waves: Tensor, shape_yx: tuple[int, int]) -> Tensor:
    """Phase (count, y, x) in rad of sinusoids as of `draw_waves`."""
    y, x = (torch.arange(size, device=waves.device, dtype=torch.float32) / size for size in shape_yx)
    amplitude, along_y, along_x, offset = (column[..., None, None] for column in waves.unbind(dim=-1))
    angle = 2 * math.pi * (along_y * y[:, None] + along_x * x) + offset
    return (amplitude * torch.sin(angle)).sum(dim=1)


def complex_images(images: Tensor, phase_rad: Tensor) -> Tensor:
    """Magnitudes (batch, t, y, x) with a phase (batch, y, x), the same in every frame."""
    return torch.polar(images, phase_rad[:, None].expand_as(images))


def zero_filled(images: Tensor, masks: Tensor) -> Tensor:
    """Complex images (batch, t, y, x) of which only the masked lines were acquired; the transform is orthonormal."""
    lines = torch.fft.fft(images, dim=-2, norm="ortho")
    acquired = lines * torch.fft.ifftshift(masks, dim=-1)[..., None]
    return torch.fft.ifft(acquired, dim=-2, norm="ortho")


def channels(images: Tensor) -> Tensor:
    """Complex images (batch, t, y, x) as real and imaginary part (batch, 2, t, y, x)."""
    return torch.stack([images.real, images.imag], dim=1)


def temporal_average(images: Tensor, masks: Tensor) -> Tensor:
    """Complex images (batch, y, x) from the lines of all frames on one grid: a line is the mean of the frames in which
    it was acquired, zero if it never was (figure 3)."""
    lines = torch.fft.fft(images, dim=-2, norm="ortho")
    acquired = torch.fft.ifftshift(masks, dim=-1)[..., None]
    mean = (lines * acquired).sum(dim=1) / acquired.sum(dim=1).clamp_min(1)
    return torch.fft.ifft(mean, dim=-2, norm="ortho")
