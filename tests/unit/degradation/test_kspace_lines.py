"""Masks for testing: as many as asked, of the slices asked, always the same."""

from __future__ import annotations

import numpy as np

from cardioprior.degradation.kspace_lines import degrade
from cardioprior.store import Record

SLICES, FRAMES, LINES, COLUMNS = 9, 4, 16, 12
ASKED = {"curve": [1, 4, 16, 40], "repeated": [1, 4], "repeats": 3, "reconstructed": [8], "iterations": 40}


def record(single: bool = False) -> Record:
    """Slices 1 to 7 of nine hold a structure; a slice's images have its number as their value."""
    samples, frames = (2 * SLICES, 1) if single else (SLICES, FRAMES)
    cine = np.ones((samples, frames, LINES, COLUMNS), np.float16)
    cine *= (np.arange(samples) / samples).astype(np.float16)[:, None, None, None]
    labels = np.zeros(cine.shape, np.uint8)
    for z in range(1, 8):
        labels[z::SLICES, :, 4:8, 4:8] = 1
    phases = np.zeros((2, SLICES, 2), np.int16)
    phases[..., 0] = np.arange(SLICES)
    if single:
        phases[1, :, 0] += SLICES
    else:
        phases[1, :, 1] = 2
    return Record("a", {"cines": cine, "cine_labels": labels, "phases": phases}, {"masks": ASKED})


def degraded(level: str, seed: int = 0, single: bool = False) -> Record:
    return degrade(record(single), np.random.default_rng(seed), level)


def test_the_curve_has_a_mask_a_number_of_lines_and_leaves_out_numbers_beyond_the_images():
    found = degraded("curve").arrays
    assert found["lines"].tolist() == [1, 4, 16]
    assert found["masks"].shape == (3, SLICES, FRAMES, LINES)
    assert (found["masks"].sum(axis=-1) == found["lines"][:, None, None]).all()
    assert found["waves"].shape[0] == SLICES


def test_repeated_masks_are_of_three_slices_and_end_with_the_whole():
    found = degraded("repeated")
    assert found.arrays["lines"].tolist() == [1, 1, 1, 4, 4, 4, 16]
    assert found.arrays["cines"].shape[0] == 3
    kept = (found.arrays["cines"][:, 0, 0, 0] * SLICES).round().astype(int).tolist()
    assert kept == [2, 4, 6]  # a quarter, half and three quarters of the way from slice 1 to 7, halves to even
    assert found.meta["repeated"] and not degraded("curve").meta["repeated"]


def test_single_frames_keep_both_phases_of_the_three_slices():
    found = degraded("repeated", single=True).arrays
    values = found["cines"][:, 0, 0, 0]
    for number in range(2):
        samples = found["phases"][number, :, 0]
        assert (values[samples] * 2 * SLICES).round().astype(int).tolist() == [
            2 + 9 * number,
            4 + 9 * number,
            6 + 9 * number,
        ]


def test_the_same_stream_draws_the_same_masks_and_another_one_does_not():
    first, again, other = (degraded("curve", seed).arrays["masks"] for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_record_is_left_as_it_was():
    given = record()
    degrade(given, np.random.default_rng(0), "repeated")
    assert given.arrays["cines"].shape[0] == SLICES and given.meta == {"masks": ASKED}


def test_compressed_sensing_comes_nearer_to_a_smooth_moving_image_than_zero_filling():
    import torch

    from cardioprior.imaging.compressed_sensing import reconstructed
    from cardioprior.imaging.kspace import complex_images, draw_masks, draw_waves, phase_maps, zero_filled

    cine = torch.zeros((1, 6, 32, 32))
    for frame in range(6):
        cine[0, frame, 8:20, 8 + frame : 22 + frame] = 1
    generator = torch.Generator().manual_seed(0)
    waves, masks = draw_waves(1, generator), draw_masks(torch.tensor([10]), 6, 32, generator)
    made = reconstructed(cine, waves, masks, 40)
    blurred = zero_filled(complex_images(cine, phase_maps(waves, (32, 32))), masks).abs()
    errors = [float((image - cine).square().mean().sqrt()) for image in (made, blurred)]
    assert errors[0] < 0.3 * errors[1]
    assert made.shape == cine.shape


def test_reconstructions_stand_beside_their_masks():
    found = degraded("reconstructed").arrays
    assert found["lines"].tolist() == [8]
    assert found["images"].shape == (1, SLICES, FRAMES, LINES, COLUMNS)
    assert found["images"].dtype == np.float16
    whole = record().arrays["cines"].astype(float)
    assert abs(found["images"][0].astype(float) - whole).mean() < 0.1 * whole.mean()
