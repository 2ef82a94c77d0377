"""What pulls an active surface: how well a local mean inside separates from one outside, along the surface's rays.

Localised region-based energy after Lankton and Tannenbaum (IEEE Trans Image Process 2008;17:2029) with the means of
Yezzi et al. (J Vis Commun Image R 2002;13:195): E = -1/2 sum (v - u)^2, where u and v are means over a stretch on
either side of the surface. Blood is darker than what surrounds it, so that a ray with v < u pulls nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cardioprior.inference.beas_sector import Sector
from cardioprior.inference.beas_surface import Ellipsoid, Splines, unit_vectors

#: where the border lies between the mean inside and the one outside; at .5 it is as of the cited energies. Contours are
#: drawn outside trabeculae and papillary muscles, which are as bright as the wall (a guess, see docs/methods.md)
BORDER = 0.65
#: radii at which rays are sampled
STEP, LARGEST = 0.02, 1.8
#: contrast below which there is nothing to see
TINY = 1e-6


@dataclass(frozen=True)
class Rays:
    """Directions from an ellipsoid's centre and what the image shows along them.

    directions: (n, 3). weights: (n,), the share of the sphere that each stands for. radius_per_mm: (n,), see
    Ellipsoid. values, known: (n, k), at the middles of steps of `STEP`; unknown outside the sector.
    """

    directions: np.ndarray
    weights: np.ndarray
    radius_per_mm: np.ndarray
    values: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, sector: Sector, ellipsoid: Ellipsoid, polar: int = 24, azimuth: int = 32) -> Rays:
        """Rays of an ellipsoid, evenly many in both angles."""
        along, shares = directions(polar, azimuth)
        radii = STEP * (np.arange(round(LARGEST / STEP)) + 0.5)
        places = ellipsoid.points(along, np.broadcast_to(radii, (len(along), len(radii))))
        return cls(along, shares, ellipsoid.radius_per_mm(along), sector.values(places), sector.holds(places))

    def force(self, stretch_mm: float) -> np.ndarray:
        """How strongly the surface is pulled outwards at every step, (n, k).

        That is -dE/dr = 2 (v - u)(u + (v - u) / 2 - I), with BORDER for the half, divided by the square of the usual
        v - u and between -1 and 1.
        """
        stretch = stretch_mm * self.radius_per_mm[:, None]
        inner, outer = self._means(-stretch, 0 * stretch), self._means(0 * stretch, stretch)
        contrast = np.nan_to_num(outer - inner)
        usual = max(float(np.percentile(contrast, 95)), TINY)
        force = np.where(contrast > 0, 2 * contrast * (inner + BORDER * contrast - self.values), 0) / usual**2
        found: np.ndarray = np.nan_to_num(force).clip(-1, 1)
        return found

    def _means(self, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
        """Means of the known values from r + start to r + stop, (n, k); nan where none is known."""
        sums, counts = (
            np.pad(np.cumsum(array, axis=1), ((0, 0), (1, 0))) for array in (self.values * self.known, 1.0 * self.known)
        )
        middles = np.arange(self.values.shape[1]) + 0.5
        ends = [(middles + offset / STEP).clip(0, self.values.shape[1]) for offset in (start, stop)]
        total, count = (_along(array, ends[1]) - _along(array, ends[0]) for array in (sums, counts))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0.5, total / count, np.nan)


def at(field: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Values (n,) of a field over rays and steps at radii (n,), linear, the ends continued."""
    return _along(field, (radius[:, None] / STEP - 0.5).clip(0, field.shape[1] - 1))[:, 0]


def _along(array: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rows of an array at fractional columns, linear."""
    first = np.minimum(place.astype(int), array.shape[1] - 2)
    low, high = (np.take_along_axis(array, first + n, axis=1) for n in (0, 1))
    found: np.ndarray = low + (place - first) * (high - low)
    return found


def directions(polar: int, azimuth: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (polar x azimuth, 3), even in both angles and off the poles, and each one's share of the sphere."""
    theta = (np.arange(polar) + 0.5) * np.pi / polar
    phi = (np.arange(azimuth) + 0.5) * 2 * np.pi / azimuth
    shares = np.broadcast_to(np.sin(theta)[:, None], (polar, azimuth)).ravel()
    return unit_vectors(theta[:, None], phi).reshape(-1, 3), shares / shares.sum()


def evolve(
    rays: Rays, splines: Splines, parameters: np.ndarray, weights: np.ndarray, stretch_mm: float, stiffness: float,
    steps: int, step_mm: float,
) -> np.ndarray:  # fmt: skip
    """Parameters after some steps down the gradient of the energy and of stiffness x roughness.

    The pull on every ray is projected on the splines: it is multiplied by their matrix, and by the inverse of what one
    unit of every parameter costs, so that a step moves the surface by up to step_mm. weights: of the rays.
    """
    matrix = splines.matrix(rays.directions)
    force = rays.force(stretch_mm)
    cost = (matrix.T * weights) @ matrix + stiffness * splines.roughness
    inverse = np.linalg.inv(cost + 1e-8 * np.trace(cost) * np.eye(len(cost)))
    for _ in range(steps):
        pull = at(force, matrix @ parameters) * rays.radius_per_mm * step_mm
        gradient = matrix.T @ (weights * pull) - step_mm * stiffness * (splines.roughness @ parameters)
        parameters = parameters + inverse @ gradient
    return parameters
