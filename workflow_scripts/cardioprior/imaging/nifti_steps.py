"""What a NIfTI header says of the distances between voxels and between frames, beside its affine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MILLISECONDS = {"sec": 1000.0, "msec": 1.0, "usec": 0.001}


@dataclass(frozen=True)
class Steps:
    """spacing_mm: along x, y, z (pixdim). frame_ms: between frames, None for a single frame or without a unit."""

    spacing_mm: tuple[float, float, float]
    frame_ms: float | None


def read_steps(path: Path) -> Steps:
    """The steps of a file that imaging.nifti.read_volume has read."""
    import nibabel

    header: Any = nibabel.load(path).header
    x, y, z, *rest = (float(step) for step in header.get_zooms())
    unit = _MILLISECONDS.get(header.get_xyzt_units()[1])
    return Steps((x, y, z), rest[0] * unit if rest and unit and rest[0] > 0 else None)
