"""Closed surfaces as B-splines of a radius over two angles (Barbosa et al., IEEE Trans Image Process 2012;21:241).

Angles are those of an ellipsoid's own frame, in which it is the unit sphere: a surface is the ellipsoid times a radius
that is 1 where both coincide. The polar angle is 0 at the apex and pi at the base.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cardioprior.imaging.geometry import Grid

#: of the splines
DEGREE = 3


@dataclass(frozen=True)
class Ellipsoid:
    """centre_mm: (3,), in the patient. axes_mm: (3, 3), semi-axes as rows, at right angles; the third leads from the
    apex to the base."""

    centre_mm: np.ndarray
    axes_mm: np.ndarray

    def points(self, directions: np.ndarray, radius: np.ndarray) -> np.ndarray:
        """Places in mm, (n, 3) or (n, k, 3), of unit vectors (n, 3) of its frame times radii (n,) or (n, k)."""
        scaled = directions.reshape(len(directions), *[1] * (radius.ndim - 1), 3) * radius[..., None]
        places: np.ndarray = self.centre_mm + scaled @ self.axes_mm
        return places

    def local(self, points_mm: np.ndarray) -> np.ndarray:
        """Places (..., 3) in its own frame."""
        found: np.ndarray = (points_mm - self.centre_mm) @ np.linalg.inv(self.axes_mm)
        return found

    def radius_per_mm(self, directions: np.ndarray) -> np.ndarray:
        """By how much the radius grows where the surface moves a millimetre along its normal, (n,)."""
        lengths = np.linalg.norm(self.axes_mm, axis=1)
        found: np.ndarray = np.linalg.norm(directions / lengths, axis=1)
        return found


def angles(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Polar angle and azimuth (0 to 2 pi) of vectors (..., 3) that need not be of length 1."""
    polar = np.pi - np.arctan2(np.hypot(directions[..., 0], directions[..., 1]), directions[..., 2])
    return polar, np.arctan2(directions[..., 1], directions[..., 0]) % (2 * np.pi)


@dataclass(frozen=True)
class Splines:
    """Cubic B-splines, uniform in both angles: `polar` of them from pole to pole, `azimuth` around.

    Their coefficients are tied at the poles, so that there is one radius and one slope: a parameter for the radius and
    two for the slope a pole, and one for each other coefficient.
    """

    polar: int
    azimuth: int

    def matrix(self, directions: np.ndarray) -> np.ndarray:
        """Radii from parameters, (n, parameters), for vectors (n, 3)."""
        polar, azimuth = angles(directions)
        along, around = self._polar_values(polar), self._azimuth_values(azimuth)
        tensor = (along[:, :, None] * around[:, None, :]).reshape(len(directions), -1)
        found: np.ndarray = tensor @ self._ties
        return found

    @cached_property
    def roughness(self) -> np.ndarray:
        """Matrix (parameters, parameters) of the squared second differences of coefficients along both angles, as a
        mean over coefficients; 0 for a sphere."""
        size = self.polar * self.azimuth
        along = np.kron(np.diff(np.eye(self.polar), n=2, axis=0), np.eye(self.azimuth))
        ring = np.roll(np.eye(self.azimuth), 1, axis=1) + np.roll(np.eye(self.azimuth), -1, axis=1)
        around = np.kron(np.eye(self.polar), ring - 2 * np.eye(self.azimuth))
        differences = np.concatenate([along, around]) @ self._ties
        found: np.ndarray = differences.T @ differences / size
        return found

    def constant(self, radius: float) -> np.ndarray:
        """The parameters of a sphere."""
        parameters = np.full(self._ties.shape[1], radius)
        parameters[[1, 2, 4, 5]] = 0
        return parameters

    def _polar_values(self, polar: np.ndarray) -> np.ndarray:
        from scipy.interpolate import BSpline

        inner = np.linspace(0, np.pi, self.polar - DEGREE + 1)
        knots = np.concatenate([np.zeros(DEGREE), inner, np.full(DEGREE, np.pi)])
        values: np.ndarray = BSpline.design_matrix(polar.clip(0, np.pi), knots, DEGREE).toarray()
        return values

    def _azimuth_values(self, azimuth: np.ndarray) -> np.ndarray:
        from scipy.interpolate import BSpline

        step = 2 * np.pi / self.azimuth
        knots = step * np.arange(-DEGREE, self.azimuth + DEGREE + 1)
        open_ended = BSpline.design_matrix(azimuth % (2 * np.pi), knots, DEGREE).toarray()
        values: np.ndarray = open_ended[:, : self.azimuth].copy()
        values[:, :DEGREE] += open_ended[:, self.azimuth :]
        return values

    @cached_property
    def _ties(self) -> np.ndarray:
        """Coefficients (polar x azimuth) from parameters: both poles' radius and slopes, then rows of coefficients."""
        middle = 2 * np.pi / self.azimuth * (np.arange(self.azimuth) - 1)  # of the splines around
        free = (self.polar - 4) * self.azimuth
        ties = np.zeros((self.polar, self.azimuth, 6 + free))
        for first, (pole, beside) in ((0, (0, 1)), (3, (self.polar - 1, self.polar - 2))):
            ties[pole, :, first] = ties[beside, :, first] = 1
            ties[beside, :, first + 1], ties[beside, :, first + 2] = np.cos(middle), np.sin(middle)
        ties[2:-2, :, 6:] = np.eye(free).reshape(self.polar - 4, self.azimuth, free)
        return ties.reshape(self.polar * self.azimuth, -1)


@dataclass(frozen=True)
class Surface:
    """A radius over the angles of an ellipsoid, cut by a plane at its base.

    base: (3,), height, slope along x and slope along y in the ellipsoid's frame: what lies above
    z = height + slope x + slope y is cut off; an infinite height cuts nothing.
    """

    ellipsoid: Ellipsoid
    splines: Splines
    parameters: np.ndarray
    base: tuple[float, float, float] = (math.inf, 0.0, 0.0)

    def radius(self, directions: np.ndarray) -> np.ndarray:
        """(n,), of the uncut surface along vectors (n, 3) of the ellipsoid's frame."""
        found: np.ndarray = self.splines.matrix(directions) @ self.parameters
        return found

    def inside(self, grid: Grid) -> np.ndarray:
        """Mask (z, y, x) of the voxels whose centre lies within the surface and below the base."""
        mask = np.zeros(grid.shape_zyx, bool)
        table = self._table()
        box = self._box(grid, float(table.max()))
        z, y, x = np.meshgrid(*(np.arange(part.start, part.stop) for part in box), indexing="ij")
        index = np.stack([x, y, z], axis=-1)
        places = self.ellipsoid.local(index @ grid.affine[:3, :3].T + grid.affine[:3, 3])
        mask[box] = np.linalg.norm(places, axis=-1) < _looked_up(table, *angles(places))
        height, across, down = self.base
        mask[box] &= places[..., 2] < height + across * places[..., 0] + down * places[..., 1]
        return mask

    def _table(self, polar: int = 91, azimuth: int = 181) -> np.ndarray:
        """Radii at equal steps of both angles."""
        theta, phi = np.linspace(0, np.pi, polar)[:, None], np.linspace(0, 2 * np.pi, azimuth)
        found: np.ndarray = self.radius(unit_vectors(theta, phi).reshape(-1, 3)).reshape(polar, azimuth)
        return found

    def _box(self, grid: Grid, largest: float) -> tuple[slice, slice, slice]:
        """The part of a grid that the surface can reach."""
        inverse = np.linalg.inv(grid.affine)
        centre = (inverse @ np.append(self.ellipsoid.centre_mm, 1))[:3]
        reach = largest * np.linalg.norm(self.ellipsoid.axes_mm @ inverse[:3, :3].T, axis=0)
        ends = zip(centre - reach, centre + reach, reversed(grid.shape_zyx), strict=True)
        x, y, z = (
            slice(*(int(v) for v in np.clip([np.floor(low), np.ceil(high) + 1], 0, length)))
            for low, high, length in ends
        )
        return z, y, x


def unit_vectors(polar: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """(..., 3), from angles that broadcast; polar angle 0 is -z, the apex."""
    sine = np.sin(polar)
    parts = np.broadcast_arrays(sine * np.cos(azimuth), sine * np.sin(azimuth), -np.cos(polar))
    return np.stack(parts, axis=-1)


def _looked_up(table: np.ndarray, polar: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    from scipy.ndimage import map_coordinates

    rows, columns = (length - 1 for length in table.shape)
    places = np.stack([polar * (rows / np.pi), azimuth * (columns / (2 * np.pi))])
    found: np.ndarray = map_coordinates(table, places, order=1, mode="nearest")
    return found
