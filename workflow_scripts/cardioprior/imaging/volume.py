"""Images with a place in the patient: arrays in t, z, y, x and an affine to LPS millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Volume:
    """A cine or single-frame image, or a label map, on one grid.

    data: shape (t, z, y, x); t is 1 for a single frame. x runs along an image row, y along a column, z along the
        stack of slices.
    affine: 4 x 4; maps the voxel index (x, y, z, 1) to patient coordinates in mm, LPS+ (DICOM's: x to the Left,
        y to Posterior, z to Superior).
    """

    data: np.ndarray
    affine: np.ndarray

    def __post_init__(self) -> None:
        if self.data.ndim != 4:
            raise ValueError(f"a volume has axes t, z, y, x; found shape {self.data.shape}")
        if self.affine.shape != (4, 4):
            raise ValueError(f"an affine is 4 x 4; found shape {self.affine.shape}")

    @property
    def shape_zyx(self) -> tuple[int, int, int]:
        """Number of slices, rows and columns."""
        return self.data.shape[1:]  # type: ignore[return-value]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along z, y, x in mm."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(z), float(y), float(x)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of a voxel in ml; between slices the gap counts, as in clinical volumetry."""
        return float(np.prod(self.spacing_mm)) / 1000.0
