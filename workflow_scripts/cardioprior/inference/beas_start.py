"""Where an apical volume shows the LV: the ellipsoid that best parts dark from bright, found without training.

Assumed (guesses): the probe stands at the apex, so that the LV's long axis lies within some 25 degrees of the sector's
and within 25 mm of it; blood is darker than the wall; sizes are those of hearts. The ellipsoid is left open at its
base, where a valve and not a wall ends the cavity.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from cardioprior.inference.beas_sector import Sector
from cardioprior.inference.beas_surface import Ellipsoid
from cardioprior.inference.beas_energy import directions

#: of the first search: depth of the centre below the probe, its distance from the sector's axis both ways, and half
#: axes, long and short
DEPTHS_MM = np.arange(50, 111, 10.0)
ASIDE_MM = (-20.0, -10.0, 0.0, 10.0, 20.0)
SIZES_MM = ((36.0, 16.0), (44.0, 20.0), (50.0, 26.0), (58.0, 32.0))
#: candidates of it that are improved
FINALISTS = 3
#: distances from the surface at which it is judged
INNER_MM, OUTER_MM = (-9.0, -6.0, -3.0), (3.0, 6.0)
#: height in the ellipsoid's frame above which it is open
OPEN_ABOVE = 0.45
#: of the spread of the separation over the surface: a wall all around is better than a bright one on a side
UNEVENNESS = 0.5
#: usual deviations from the middle of what hearts are, in the last search: aside, tilt and log of both half axes
USUAL = np.array([np.inf, 12.0, 12.0, 0.2, 0.2, np.log(1.25), np.log(1.25)])
USUAL_SIZE_MM = (48.0, 23.0)


def start(sector: Sector) -> Ellipsoid:
    """The ellipsoid of the best separation after a search over places and sizes, then around the best of these."""
    from scipy.optimize import minimize

    frame = _frame(sector)
    first = sorted(_candidates(), key=lambda p: -_score(sector, frame, p))[:FINALISTS]
    steps = np.diag([6.0, 5.0, 5.0, 0.1, 0.1, 0.1, 0.1])
    best = [
        minimize(
            lambda p: -_score(sector, frame, p),
            candidate,
            method="Nelder-Mead",
            options={"initial_simplex": np.vstack([candidate, candidate + steps]), "maxfev": 160, "xatol": 0.2},
        )
        for candidate in first
    ]
    return _ellipsoid(frame, min(best, key=lambda found: found.fun).x)


def _frame(sector: Sector) -> tuple[np.ndarray, np.ndarray]:
    """Where the sector begins, and axes as rows: two across, and its depth."""
    origin, depth = sector.axis
    across = np.eye(3)[int(np.abs(depth).argmin())]
    across = across - depth * (across @ depth)
    across /= np.linalg.norm(across)
    return origin, np.stack([across, np.cross(depth, across), depth])


def _candidates() -> Iterator[np.ndarray]:
    for depth, x, y, (long, short) in product(DEPTHS_MM, ASIDE_MM, ASIDE_MM, SIZES_MM):
        yield np.array([depth, x, y, 0.0, 0.0, *np.log([long, short])])


def _ellipsoid(frame: tuple[np.ndarray, np.ndarray], parameters: np.ndarray) -> Ellipsoid:
    """parameters: depth and place across of the centre (mm), tilt both ways (rad), logs of both half axes."""
    origin, axes = frame
    depth, x, y, tilt_x, tilt_y = parameters[:5]
    long, short = np.exp(parameters[5:])
    third = np.array([np.tan(tilt_x), np.tan(tilt_y), 1.0])
    third /= np.linalg.norm(third)
    second = np.cross(third, [1.0, 0.0, 0.0])
    second /= np.linalg.norm(second)
    turned = np.stack([np.cross(second, third), second, third]) @ axes
    return Ellipsoid(origin + np.array([x, y, depth]) @ axes, turned * np.array([[short], [short], [long]]))


def _score(sector: Sector, frame: tuple[np.ndarray, np.ndarray], parameters: np.ndarray) -> float:
    """Mean of outside less inside over the surface, less its unevenness, less how unusual the heart is."""
    ellipsoid = _ellipsoid(frame, parameters)
    along, weights = directions(9, 12)
    below = along[:, 2] < OPEN_ABOVE
    along, weights = along[below], weights[below] / weights[below].sum()
    offsets = np.array([*INNER_MM, *OUTER_MM])
    radius = 1 + offsets * ellipsoid.radius_per_mm(along)[:, None]
    places = ellipsoid.points(along, radius.clip(0.1))
    values, known = sector.values(places), sector.holds(places)
    inner, outer = slice(0, len(INNER_MM)), slice(len(INNER_MM), None)
    means = [np.where(known[:, p], values[:, p], 0).sum(1) / known[:, p].sum(1).clip(1) for p in (inner, outer)]
    seen = known[:, inner].any(axis=1) & known[:, outer].any(axis=1)
    separation = np.where(seen, means[1] - means[0], 0)
    mean = float(weights @ separation)
    spread = float(np.sqrt(weights @ (separation - mean) ** 2))
    usual = np.array([0, 0, 0, 0, 0, *np.log(USUAL_SIZE_MM)])
    strangeness = 0.5 * float((((parameters - usual) / USUAL) ** 2).sum())
    return mean - UNEVENNESS * spread - 0.02 * strangeness
