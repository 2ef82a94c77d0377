"""What a NIfTI header says of the distances between voxels and between frames, beside its affine.

Headers contradict themselves: an affine of 1 mm beside a right pixdim (ACDC), a pixdim of 1 mm beside a right affine,
metres that are called millimetres or nothing. `read_checked` takes what can be right and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cardioprior.errors import Finding
from cardioprior.imaging.geometry import slices_last
from cardioprior.imaging.volume import Volume

_MILLISECONDS = {"sec": 1000.0, "msec": 1.0, "usec": 0.001}
_MILLIMETRES = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}
#: affine and pixdim may differ by this share before one of them is taken to be wrong
TOLERANCE = 0.01
#: a voxel whose longest side is below this is in metres: hearts are imaged at 0.2 mm and more
METRES_BELOW_MM = 0.05


@dataclass(frozen=True)
class Steps:
    """spacing_mm: along x, y, z (pixdim). unit: of lengths, as the header names it ("unknown" too).

    frame_ms: between frames, None for a single frame or without a unit.
    """

    spacing_mm: tuple[float, float, float]
    unit: str
    frame_ms: float | None


def read_steps(path: Path) -> Steps:
    """The steps of a file that imaging.nifti.read_volume has read."""
    from cardioprior.imaging.nifti import read_header

    header = read_header(path)
    steps = [float(step) for step in header.get_zooms()]
    x, y, z, *rest = steps
    try:
        length, time = header.get_xyzt_units()
    except KeyError:  # a code that means nothing
        length, time = "unknown", "unknown"
    unit = _MILLISECONDS.get(time)
    return Steps((x, y, z), length, rest[0] * unit if rest and unit and rest[0] > 0 else None)


def read_checked(path: Path) -> tuple[Volume, tuple[Finding, ...]]:
    """A NIfTI file in mm, with warnings about what its header contradicts itself in.

    `spacing_differs`: affine and pixdim name other distances; the pixdim is taken, unless it is all ones, which is what
    is written where nobody set it. `metres`: the header's unit is metres (or microns), or lengths can be nothing else.
    `slice_axis`: slices do not lie along the last axis; axes are exchanged.
    Raises SubjectError as read_volume does.
    """
    from cardioprior.imaging.nifti import read_volume

    image, findings = read_volume(path), []
    steps = read_steps(path)
    z, y, x = image.spacing_mm
    if not np.allclose((x, y, z), steps.spacing_mm, rtol=TOLERANCE, atol=0):
        by_pixdim = steps.spacing_mm != (1.0, 1.0, 1.0)
        if by_pixdim:
            image = read_volume(path, spacing_from_zooms=True)
        sentence = (
            f"{path}: its affine says {_in_words((x, y, z))} mm, its pixdim {_in_words(steps.spacing_mm)} mm; took the "
            f"{'latter' if by_pixdim else 'former'}"
        )
        findings.append(Finding("warning", "spacing_differs", sentence))
    scale = _MILLIMETRES.get(steps.unit, 1.0)
    if scale == 1.0 and max(image.spacing_mm) < METRES_BELOW_MM:
        scale = 1000.0
    if scale != 1.0:
        found = _in_words(image.spacing_mm[::-1])
        image = scaled(image, scale)
        sentence = (
            f"{path}: voxels of {found} (unit: {steps.unit}); wanted mm; took {_in_words(image.spacing_mm[::-1])} mm"
        )
        findings.append(Finding("warning", "metres", sentence))
    turned = slices_last(image)
    if turned is not image:
        sentence = (
            f"{path}: {_in_words(image.spacing_mm[::-1])} mm along its axes: its slices do not lie along the last; "
            "exchanged the axes"
        )
        findings.append(Finding("warning", "slice_axis", sentence))
    return turned, tuple(findings)


def scaled(image: Volume, factor: float) -> Volume:
    """An image whose lengths, origin included, are multiplied."""
    affine = image.affine.astype(float).copy()
    affine[:3] *= factor
    return Volume(image.data, affine)


def _in_words(spacing: tuple[float, ...]) -> str:
    return " x ".join(f"{length:g}" for length in spacing)
