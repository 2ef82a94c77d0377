"""Simulated k-space: what goes in comes out, masks have the lines that were asked for, drawn as the density says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cardioprior.imaging.kspace import (
    channels,
    complex_images,
    draw_masks,
    draw_waves,
    line_density,
    phase_maps,
    temporal_average,
    zero_filled,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cines(batch: int = 2, frames: int = 4, rows: int = 24, columns: int = 20) -> torch.Tensor:
    return torch.rand((batch, frames, rows, columns), generator=generator(7))


def with_phase(images: torch.Tensor) -> torch.Tensor:
    return complex_images(images, phase_maps(draw_waves(len(images), generator(3)), tuple(images.shape[-2:])))


def masks(lines: list[int], frames: int = 4, total: int = 24) -> torch.Tensor:
    return draw_masks(torch.tensor(lines), frames, total, generator(1))


def test_fully_sampled_lines_give_the_image_back():
    images = with_phase(cines())
    assert torch.allclose(zero_filled(images, masks([24, 24])), images, atol=1e-6)


def test_magnitudes_survive_the_phase():
    assert torch.allclose(with_phase(cines()).abs(), cines(), atol=1e-6)


def test_energy_is_shared_between_a_mask_and_its_complement():
    images, kept = with_phase(cines()), masks([5, 9])
    shares = [zero_filled(images, mask).abs().square().sum() for mask in (kept, ~kept)]
    assert float(sum(shares)) == pytest.approx(float(images.abs().square().sum()), rel=1e-5)


def test_it_is_the_two_dimensional_transform_of_numpy_with_the_centre_in_the_middle():
    images, kept = with_phase(cines()), masks([5, 9])
    wanted = []
    for cine, its_masks in zip(images.numpy(), kept.numpy(), strict=True):
        lines = (
            np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(cine, (1, 2)), norm="ortho"), (1, 2)) * its_masks[..., None]
        )
        wanted.append(np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(lines, (1, 2)), norm="ortho"), (1, 2)))
    assert np.allclose(zero_filled(images, kept).numpy(), np.stack(wanted), atol=1e-6)


def test_the_central_line_alone_is_the_mean_of_every_column():
    centre = torch.zeros((2, 4, 24), dtype=torch.bool)
    centre[..., 12] = True
    images = with_phase(cines())
    assert torch.allclose(zero_filled(images, centre), images.mean(dim=-2, keepdim=True).expand_as(images), atol=1e-6)


@pytest.mark.parametrize("lines", [0, 1, 10, 23, 24])
def test_every_frame_has_just_the_lines_that_were_asked_for(lines):
    drawn = masks([lines, lines], frames=50)
    assert (drawn.sum(dim=-1) == lines).all()


def test_members_of_a_batch_have_numbers_of_their_own_and_frames_have_masks_of_their_own():
    drawn = masks([3, 12], frames=6)
    assert drawn.sum(dim=-1).tolist() == [[3] * 6, [12] * 6]
    assert len({tuple(frame.tolist()) for frame in drawn[1]}) > 1


def test_single_lines_over_ten_thousand_masks_follow_the_density():
    total, count = 168, 10_000
    drawn = draw_masks(torch.ones(count, dtype=torch.int64), 1, total, generator())[:, 0].sum(dim=0).numpy()
    place = np.arange(total) - total / 2
    density = np.exp(-0.5 * (place / (total / 10)) ** 2) + 1 / (2 * total)
    expected = count * density / density.sum()
    # Pearson's statistic of lines that are expected at least ten times, against its 99.9 % quantile
    often = expected >= 10
    statistic = (np.square(drawn - expected) / expected)[often].sum()
    from scipy.stats import chi2

    assert statistic < chi2.ppf(0.999, often.sum() - 1)


def test_several_lines_are_drawn_as_numpy_draws_without_replacement():
    total, lines, count = 32, 6, 10_000
    ours = draw_masks(torch.full((count,), lines), 1, total, generator())[:, 0].float().mean(dim=0).numpy()
    density = line_density(torch.tensor([lines]), total)[0].numpy().astype(float)
    rng, theirs = np.random.default_rng(0), np.zeros(total)
    for _ in range(count):
        theirs[rng.choice(total, lines, replace=False, p=density / density.sum())] += 1 / count
    error = np.sqrt(2 * theirs * (1 - theirs) / count) + 1e-4
    assert (np.abs(ours - theirs) < 4.5 * error).all()


def test_the_same_seed_draws_the_same_masks():
    assert torch.equal(masks([4, 5]), masks([4, 5]))
    assert not torch.equal(masks([4, 5]), draw_masks(torch.tensor([4, 5]), 4, 24, generator(2)))


def test_a_phase_breaks_the_conjugate_symmetry_that_magnitudes_have():
    images = cines(1, 1, 16, 16)

    def asymmetry(complex_image: torch.Tensor) -> float:
        lines = torch.fft.fft2(complex_image)
        mirrored = torch.roll(lines.flip((-2, -1)), (1, 1), (-2, -1)).conj()
        return float((lines - mirrored).abs().mean() / lines.abs().mean())

    assert asymmetry(images.to(torch.complex64)) < 1e-5
    assert asymmetry(with_phase(images)) > 0.1


def test_phase_maps_are_smooth_and_within_their_amplitudes():
    maps = phase_maps(draw_waves(64, generator()), (64, 64))
    assert maps.abs().max() <= math.pi
    assert float(maps.diff(dim=-1).abs().max()) < 2 * math.pi * math.pi / 64


def test_real_and_imaginary_part_become_channels():
    image = torch.tensor([[[[3 + 4j]]]])
    assert channels(image).tolist() == [[[[[3.0]]], [[[4.0]]]]]


def test_a_still_cine_is_whole_again_once_its_frames_have_all_lines_between_them():
    still = with_phase(cines(1, 1).expand(1, 3, -1, -1))
    shared = torch.zeros((1, 3, 24), dtype=torch.bool)
    for frame in range(3):
        shared[0, frame, frame::3] = True
    assert torch.allclose(temporal_average(still, shared)[0], still[0, 0], atol=1e-6)


def test_a_line_of_two_frames_is_their_mean():
    two = torch.zeros((1, 2, 8, 8), dtype=torch.complex64)
    two[0, 0], two[0, 1] = 1, 3
    everywhere = torch.ones((1, 2, 8), dtype=torch.bool)
    assert torch.allclose(temporal_average(two, everywhere), torch.full((1, 8, 8), 2 + 0j), atol=1e-6)
