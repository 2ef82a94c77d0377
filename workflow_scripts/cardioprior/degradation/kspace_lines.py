"""A few lines of k-space a frame (k-space paper, section 3): masks and phases that are drawn once for testing.

What is kept is the masks, as bits, and the sinusoids of the phase; zero-filled images are made of them where they are
used (`inference.kspace`), which takes no longer than to read them, and would fill a thousand times the space.
"""

from __future__ import annotations

import numpy as np

from cardioprior.store import Record

#: slices of a stack whose masks are repeated: these shares of the way through the slices that hold a structure
POSITIONS = (0.25, 0.5, 0.75)
CURVE, REPEATED, RECONSTRUCTED = "curve", "repeated", "reconstructed"


def degrade(record: Record, rng: np.random.Generator, level: str) -> Record:
    """Adds `lines` int16 (draws,), `masks` bool (draws, n, t, y) and `waves` float32 (n, waves, 4), see imaging.kspace.

    Levels: `curve`, one draw for each number of lines; `repeated`, several draws of the three slices at POSITIONS, then
    the fully sampled images as one more; `reconstructed`, one draw for each number of lines and `images` float16
    (draws, n, t, y, x), magnitudes by compressed sensing. Numbers of lines beyond the images' are left out. Meta
    `repeated`: whether the level is that.
    """
    import torch

    from cardioprior.imaging.kspace import draw_masks, draw_waves

    masks = record.meta["masks"]
    record = _three_slices(record) if level == REPEATED else record
    samples, frames, total, _ = record.arrays["cines"].shape
    lines = [n for n in masks[level] if n <= total]
    if level == REPEATED:
        lines = [n for n in lines for _ in range(masks["repeats"])] + [total]
    generator = torch.Generator().manual_seed(int(rng.integers(2**63 - 1)))
    waves = draw_waves(samples, generator)
    drawn = [draw_masks(torch.full((samples,), n), frames, total, generator).numpy() for n in lines]
    found = {"lines": np.array(lines, np.int16), "masks": np.stack(drawn), "waves": waves.numpy()}
    about = {**record.meta, "repeated": level == REPEATED}
    degraded = Record(record.subject, {**record.arrays, **found}, about)
    return _reconstructed(degraded, masks["iterations"]) if level == RECONSTRUCTED else degraded


def _three_slices(record: Record) -> Record:
    """The record with the slices at POSITIONS alone, of samples that hold their ED and their ES."""
    phases, labels = record.arrays["phases"], record.arrays["cine_labels"]
    held = [bool(labels[tuple(phases[:, z].T)].any()) for z in range(phases.shape[1])]
    first, last = np.flatnonzero(held)[[0, -1]]
    slices = [round(first + share * (last - first)) for share in POSITIONS]
    samples = sorted({int(sample) for z in slices for sample in phases[:, z, 0]})
    moved = phases[:, slices].copy()
    moved[..., 0] = np.searchsorted(samples, moved[..., 0])
    arrays = {
        **record.arrays,
        "cines": record.arrays["cines"][samples],
        "cine_labels": labels[samples],
        "phases": moved,
    }
    return Record(record.subject, arrays, record.meta)


def _reconstructed(record: Record, iterations: int) -> Record:
    import torch

    from cardioprior.imaging.compressed_sensing import reconstructed

    arrays = record.arrays
    cine, waves = torch.from_numpy(arrays["cines"]).float(), torch.from_numpy(arrays["waves"])
    images = [reconstructed(cine, waves, torch.from_numpy(masks), iterations) for masks in arrays["masks"]]
    return Record(record.subject, {**arrays, "images": torch.stack(images).half().numpy()}, record.meta)
