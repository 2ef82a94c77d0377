"""An ultrasound volume as a function of place, and the sector that it fills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cardioprior.errors import CardioPriorError
from cardioprior.imaging.geometry import Grid

#: of the Gaussian that takes the grain off the picture
SMOOTHING_MM = 1.5


@dataclass(frozen=True)
class Sector:
    """picture: float (z, y, x), smoothed. planes: (m, 4), a x + b y + c z + d <= 0 mm within the convex hull of all
    that is not black, less a voxel: beyond it nothing was scanned, and black there is no blood."""

    picture: np.ndarray
    grid: Grid
    planes: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, grid: Grid) -> Sector:
        """Of a picture (z, y, x) that is 0 where nothing was scanned. Raises CardioPriorError for one without an
        extent in space."""
        from scipy.ndimage import gaussian_filter
        from scipy.spatial import ConvexHull, QhullError

        seen = np.pad(picture > 0, ((0, 0), (0, 0), (1, 1)))
        outermost = (seen & ~(np.roll(seen, 1, axis=2) & np.roll(seen, -1, axis=2)))[..., 1:-1]  # ends of rows do
        corners = _places(np.argwhere(outermost)[:, ::-1], grid)
        try:
            planes = np.unique(ConvexHull(corners).equations.round(6), axis=0)
        except (QhullError, ValueError) as error:
            raise CardioPriorError(
                f"an ultrasound picture with {int(seen.sum())} voxels that are not black; wanted a sector"
            ) from error
        planes[:, 3] += max(grid.spacing_mm)
        sigma = [SMOOTHING_MM / length for length in grid.spacing_mm]
        return cls(gaussian_filter(picture.astype(float), sigma), grid, planes)

    def values(self, points_mm: np.ndarray) -> np.ndarray:
        """The picture at places (..., 3), linear, 0 outside it."""
        return self._sampled(self.picture, points_mm, 1)

    def holds(self, points_mm: np.ndarray) -> np.ndarray:
        """Whether the voxels next to places (..., 3) lie in the sector."""
        return self._sampled(self.held, points_mm, 0)

    @cached_property
    def held(self) -> np.ndarray:
        """Mask (z, y, x) of the voxels in the sector."""
        z, y, x = np.indices(self.grid.shape_zyx)
        places = _places(np.stack([x, y, z], axis=-1).reshape(-1, 3), self.grid)
        inside = np.ones(len(places), bool)
        for a, b, c, d in self.planes:
            inside &= places @ (a, b, c) + d <= 0
        return inside.reshape(self.grid.shape_zyx)

    def _sampled(self, array: np.ndarray, points_mm: np.ndarray, order: int) -> np.ndarray:
        from scipy.ndimage import map_coordinates

        inverse = np.linalg.inv(self.grid.affine)
        index = points_mm @ inverse[:3, :3].T + inverse[:3, 3]
        found: np.ndarray = map_coordinates(array, np.moveaxis(index, -1, 0)[::-1], order=order)
        return found

    @cached_property
    def axis(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the sector begins (mm) and the unit vector along which it deepens, each (3,).

        Of the grid's six directions that along which the sector's cross-section grows; then from the middle of its
        first cross-section to its centre of mass.
        """
        z, y, x = np.indices(self.grid.shape_zyx)
        places = _places(np.stack([x, y, z], axis=-1), self.grid)
        held = self.held
        growth = []
        for axis in range(3):
            areas = held.sum(axis=tuple(other for other in range(3) if other != axis))
            steps = np.flatnonzero(areas)
            growth.append(np.corrcoef(steps, areas[steps])[0, 1] if len(steps) > 2 else 0.0)
        axis = int(np.abs(growth).argmax())
        along = np.moveaxis(held, axis, 0)[:: 1 if growth[axis] > 0 else -1]
        positions = np.moveaxis(places, axis, 0)[:: 1 if growth[axis] > 0 else -1]
        first = int(along.any(axis=(1, 2)).argmax())
        start = positions[first][along[first]].mean(axis=0)
        depth = places[held].mean(axis=0) - start
        return start, depth / np.linalg.norm(depth)


def _places(index_xyz: np.ndarray, grid: Grid) -> np.ndarray:
    places: np.ndarray = index_xyz @ grid.affine[:3, :3].T + grid.affine[:3, 3]
    return places
