"""How far a population of phantom LVs is from the LV shape model of MESA, in mean shape and in spread.

The model is a PCA of LV surfaces of 1991 asymptomatic people at end diastole and, separately, at end systole, from the
Cardiac Atlas Project (Medrano-Gracia et al., J Cardiovasc Magn Reson 2014;16:56; files of its PCATool). Coordinates are
mm; x runs along the long axis from base to apex, y towards the septum and z towards the inferior wall. A surface is a
lattice of 29 rings from the apex to the base and 28 columns; the file repeats the apex and one column.

The phantom comes as arrays (subjects, heights, angles, 3) of corresponding points in mm, in any frame: heights from the
apex to the base, angles evenly once around the long axis, in either direction. They are resampled at the model's rings
(shares of the meridians' length) and columns, so that both sides count every part of the heart alike. Nothing is
scaled or mirrored. Correspondence matters for the spread only: the distance of the means is from surface to surface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.io import loadmat
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

SURFACES = ("endo", "epi")
MODES = 5
ALL_MODES = 10  # of the model's file
STARTS = 8  # angles around the long axis that the alignment starts from
REFINEMENT = 4  # lattice steps that one of the model's is divided into before distances are taken
CANDIDATES = 8  # triangles with the nearest centres, among which the nearest is looked for
WELD_DECIMALS = 4
ICP_STEPS = 40
ICP_TOLERANCE_MM = 1e-5
MOST_DAMPING = 1e6
PROCRUSTES_STEPS = 5


@dataclass(frozen=True)
class ShapeModel:
    """The model at one phase.

    mean_mm: (2, rings, columns, 3), endocardium and epicardium, ring 0 the apex, the last the base.
    mode_rms_mm: how far a point moves, root mean square, for one standard deviation of each of the first modes.
    total_rms_mm: the same for the first ten modes together, as many as the file has.

    The spread is without rigid motion of the whole LV. As stored, the second mode at ES is nine tenths a shift along x:
    the ES surfaces were not aligned among themselves (presumably by their ED surfaces, whose modes hold no motion).
    """

    mean_mm: np.ndarray
    mode_rms_mm: tuple[float, ...]
    total_rms_mm: float


@dataclass(frozen=True)
class PhaseComparison:
    """Phantom and model at one phase.

    The distances are between the mean surfaces after rigid alignment of the whole LV: the mean over each surface's
    area of the distance to the other, averaged over the two directions. `both` weights endo and epi by area.
    The spread is described in `ShapeModel`; a phantom of few subjects has fewer modes.
    """

    phase: str
    subjects: int
    endo_mm: float
    epi_mm: float
    both_mm: float
    mode_rms_mm: tuple[float, ...]
    model_mode_rms_mm: tuple[float, ...]
    total_rms_mm: float
    model_total_rms_mm: float

    def describe(self) -> str:
        """Two lines: distance of the means, and spread beside the model's."""
        pairs = zip(self.mode_rms_mm, self.model_mode_rms_mm, strict=False)
        modes = ", ".join(f"{ours:.2f} ({theirs:.2f})" for ours, theirs in pairs)
        return (
            f"{self.phase}: mean LV of {self.subjects} to MESA's mean: endo {self.endo_mm:.2f} mm,"
            f" epi {self.epi_mm:.2f} mm, both {self.both_mm:.2f} mm\n"
            f"{self.phase}: RMS mm per SD (MESA's): ten modes {self.total_rms_mm:.2f} ({self.model_total_rms_mm:.2f});"
            f" first modes {modes or 'none'}"
        )


@dataclass(frozen=True)
class Comparison:
    """The phases that were compared, in the order given."""

    phases: tuple[PhaseComparison, ...]

    def describe(self) -> str:
        """The phases' lines."""
        return "\n".join(phase.describe() for phase in self.phases)


@dataclass(frozen=True)
class Surface:
    """A triangulated surface: vertices (n, 3), its triangles' corners (m, 3, 3), area that each vertex stands for."""

    points_mm: np.ndarray
    corners_mm: np.ndarray
    weights_mm2: np.ndarray
    tree: cKDTree

    @classmethod
    def of(cls, lattice_mm: np.ndarray) -> Self:
        """The surface through a lattice (rings, columns, 3) that closes around the long axis and is open at the ends.

        Triangles without area, as at the apex, are left out.
        """
        points = lattice_mm.reshape(-1, 3)
        faces = _faces(*lattice_mm.shape[:2])
        corners = points[faces]
        area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        weights = np.bincount(faces.ravel(), np.repeat(area / 3, 3), minlength=len(points))
        corners = corners[area > 1e-9]
        return cls(points, corners, weights, cKDTree(corners.mean(axis=1)))

    def gaps(self, points_mm: np.ndarray) -> np.ndarray:
        """From the surface's nearest point to each of (n, 3) points."""
        count = min(CANDIDATES, len(self.corners_mm))
        _, index = self.tree.query(points_mm, k=np.arange(1, count + 1))
        gaps = points_mm[:, None] - _nearest_in_triangle(points_mm[:, None], self.corners_mm[index])
        return gaps[np.arange(len(points_mm)), (gaps**2).sum(axis=-1).argmin(axis=1)]


@dataclass(frozen=True)
class Ventricle:
    """An LV for alignment.

    lattice_mm: (2, rings, columns, 3). weights: of its points, by area, of sum 1, in reading order. surfaces:
    endocardium and epicardium on a finer lattice.
    """

    lattice_mm: np.ndarray
    weights: np.ndarray
    surfaces: tuple[Surface, ...]

    @classmethod
    def of(cls, lattice_mm: np.ndarray) -> Self:
        """The LV of a lattice."""
        weights = np.concatenate([Surface.of(surface).weights_mm2 for surface in lattice_mm])
        return cls(lattice_mm, weights / weights.sum(), tuple(map(Surface.of, _refined(lattice_mm))))


@dataclass(frozen=True)
class Rigid:
    """A rotation and translation: x -> rotation x + shift."""

    rotation: np.ndarray
    shift_mm: np.ndarray

    def __call__(self, points_mm: np.ndarray) -> np.ndarray:
        """The moved points, any shape that ends with 3."""
        return points_mm @ self.rotation.T + self.shift_mm

    def after(self, first: Rigid) -> Rigid:
        """Both motions in one, `first` first."""
        return Rigid(self.rotation @ first.rotation, self.rotation @ first.shift_mm + self.shift_mm)

    def inverse(self) -> Rigid:
        """The way back."""
        return Rigid(self.rotation.T, -self.rotation.T @ self.shift_mm)


def compare(phases: Mapping[str, tuple[np.ndarray, np.ndarray]], folder: Path) -> Comparison:
    """The phantom's phases ("ED", "ES" or one of them) against the model's.

    phases: for each phase the endocardium and the epicardium in mm, (subjects, heights, angles, 3) each. Heights and
        angles of the two may differ in number. The subjects stand in one frame, aligned by their long axes: the mean
        LV is the mean of corresponding points.
    folder: where PCA_ED.mat, PCA_ES.mat and SurfaceFaces.mat are.
    """
    models = {phase: read_model(folder, phase) for phase in phases}
    return Comparison(tuple(compare_phase(phase, *phases[phase], models[phase]) for phase in phases))


def compare_phase(phase: str, endo_mm: np.ndarray, epi_mm: np.ndarray, model: ShapeModel) -> PhaseComparison:
    """One phase of `compare`."""
    _check(endo_mm, epi_mm)
    pairs = zip((endo_mm, epi_mm), model.mean_mm, strict=True)
    subjects = np.stack([resampled(surface, like) for surface, like in pairs], axis=1)
    endo, epi, both = mean_distances_mm(subjects.mean(axis=0), model.mean_mm)
    modes, total = spread_mm(subjects)
    return PhaseComparison(phase, len(subjects), endo, epi, both, modes, model.mode_rms_mm, total, model.total_rms_mm)


def read_model(folder: Path, phase: str) -> ShapeModel:
    """The model of a phase, "ED" or "ES"."""
    name = f"PCA_{phase}"
    stored: dict[str, Any] = loadmat(Path(folder) / f"{name}.mat", simplify_cells=True)[name]
    faces = loadmat(Path(folder) / "SurfaceFaces.mat", simplify_cells=True)["Face"]["Endo"]
    points = np.asarray(stored["MEAN"], float).reshape(2, -1, 3)
    # The epicardium's points come in the endocardium's order.
    lattice = lattice_indices(points[0], np.asarray(faces, int) - 1)
    variances = np.asarray(stored["LATENT"], float)
    displacement_mm = (np.asarray(stored["COEFF"], float) * np.sqrt(variances)).T
    mean_mm = points[:, lattice]
    shape_mm = without_motion(displacement_mm.reshape(len(variances), 2, -1, 3)[:, :, lattice], mean_mm)
    modes, total = _rms_of_modes(shape_mm.reshape(len(variances), -1))
    return ShapeModel(mean_mm, modes, total)


def without_motion(displacements_mm: np.ndarray, mean_mm: np.ndarray) -> np.ndarray:
    """Displacements (n, ..., 3) of a mean shape (..., 3) without their share of small motions of the whole."""
    points = mean_mm.reshape(-1, 3) - mean_mm.reshape(-1, 3).mean(axis=0)
    shifts = [np.broadcast_to(axis, points.shape) for axis in np.eye(3)]
    turns = [np.cross(axis, points) for axis in np.eye(3)]
    motions, _ = np.linalg.qr(np.stack([*shifts, *turns]).reshape(6, -1).T)
    flat = displacements_mm.reshape(len(displacements_mm), -1)
    return (flat - flat @ motions @ motions.T).reshape(displacements_mm.shape)


def lattice_indices(points_mm: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which point stands at each ring and column, (rings, columns), from the model's triangles (m, 3) of (n, 3) points.

    Points at the same place count as one. The apex is the point with most neighbours, as many as there are columns;
    a ring is how many edges a point is from it; a column is its angle around x, of which y is 0.
    """
    _, first, welded = np.unique(points_mm.round(WELD_DECIMALS), axis=0, return_index=True, return_inverse=True)
    corners = welded.ravel()[faces]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    degree = np.bincount(edges.ravel(), minlength=len(first))
    apex, columns = int(degree.argmax()), int(degree.max())
    graph = coo_array((np.ones(len(edges)), edges.T), shape=(len(first),) * 2)
    ring = shortest_path(graph, directed=False, unweighted=True, indices=apex).astype(int)
    place = points_mm[first]
    column = np.rint(np.arctan2(place[:, 2], place[:, 1]) / (2 * np.pi) * columns).astype(int) % columns
    lattice = np.full((ring.max() + 1, columns), -1)
    lattice[ring, column] = first
    lattice[0] = first[apex]
    if lattice.min() < 0 or len(np.unique(lattice)) != len(first):
        raise ValueError("the model's points are no lattice of rings and columns around x")
    return lattice


def resampled(surfaces_mm: np.ndarray, like_mm: np.ndarray) -> np.ndarray:
    """Surfaces (subjects, heights, angles, 3) at the rings and columns of `like_mm`: (subjects, rings, columns, 3).

    A ring lies at the same share of the meridian's length as in `like_mm`; both are taken on the mean surface, so that
    corresponding points stay so.
    """
    columns = like_mm.shape[1]
    around = _periodic(surfaces_mm, np.arange(columns) / columns * surfaces_mm.shape[2], axis=2)
    return CubicSpline(_meridian_shares(surfaces_mm.mean(axis=0)), around, axis=1)(_meridian_shares(like_mm))


def mean_distances_mm(phantom_mm: np.ndarray, model_mm: np.ndarray) -> tuple[float, float, float]:
    """Mean distance of endocardia, of epicardia and of both, after alignment; lattices are (2, rings, columns, 3)."""
    phantom, model = Ventricle.of(phantom_mm), Ventricle.of(model_mm)
    motion = aligned(phantom, model)
    back = motion.inverse()
    pairs = list(zip(phantom.surfaces, model.surfaces, strict=True))
    to_model = [(_lengths(theirs.gaps(motion(ours.points_mm))), ours.weights_mm2) for ours, theirs in pairs]
    to_phantom = [(_lengths(ours.gaps(back(theirs.points_mm))), theirs.weights_mm2) for ours, theirs in pairs]
    endo, epi = (0.5 * (_mean([a]) + _mean([b])) for a, b in zip(to_model, to_phantom, strict=True))
    return endo, epi, 0.5 * (_mean(to_model) + _mean(to_phantom))


def aligned(phantom: Ventricle, model: Ventricle) -> Rigid:
    """The motion that brings the phantom's LV nearest to the model's: ICP from several angles around the long axis.

    Points of either side are paired with the other's surfaces and weighted by area, so that neither a missing nor an
    additional part is free. Endocardium and epicardium move as one.
    """
    tried = [_icp(start, phantom, model) for start in _starts(phantom.lattice_mm, model.lattice_mm)]
    return min(tried, key=lambda attempt: attempt[1])[0]


def spread_mm(subjects_mm: np.ndarray) -> tuple[tuple[float, ...], float]:
    """RMS motion of a point in mm for one SD of each of the first modes, and of the first ten together.

    subjects_mm: (subjects, 2, rings, columns, 3). Each is first brought onto the mean, rigidly and by corresponding
    points. Fewer than two subjects have no spread: no modes and 0.
    """
    points = procrustes(subjects_mm.reshape(len(subjects_mm), -1, 3))
    if len(points) < 2:
        return (), 0.0
    deviations = (points - points.mean(axis=0)).reshape(len(points), -1)
    modes, total = _rms_of_modes(deviations / np.sqrt(len(points) - 1))
    return modes[: len(points) - 1], total


def procrustes(subjects_mm: np.ndarray) -> np.ndarray:
    """Subjects (subjects, points, 3), each moved rigidly onto their mean, which is then taken anew."""
    mean = subjects_mm[0]
    for _ in range(PROCRUSTES_STEPS):
        subjects_mm = np.stack([fitted(subject, mean)(subject) for subject in subjects_mm])
        mean = subjects_mm.mean(axis=0)
    return subjects_mm


def fitted(points_mm: np.ndarray, onto_mm: np.ndarray, weights: np.ndarray | None = None) -> Rigid:
    """The motion without mirroring that brings (n, 3) points onto corresponding ones, by weighted least squares.

    Kabsch, Acta Cryst A 1976;32:922.
    """
    share = np.full(len(points_mm), 1 / len(points_mm)) if weights is None else weights / weights.sum()
    centre, target = share @ points_mm, share @ onto_mm
    left, _, right = np.linalg.svd((points_mm - centre).T @ ((onto_mm - target) * share[:, None]))
    proper = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left @ proper @ right).T
    return Rigid(rotation, target - rotation @ centre)


def _check(endo_mm: np.ndarray, epi_mm: np.ndarray) -> None:
    for name, surface in zip(SURFACES, (endo_mm, epi_mm), strict=True):
        if surface.ndim != 4 or surface.shape[-1] != 3 or min(surface.shape[:3]) < 1 or min(surface.shape[1:3]) < 4:
            raise ValueError(f"{name}: wanted (subjects, heights, angles, 3) with 4 or more heights and angles")
        if not np.isfinite(surface).all():
            raise ValueError(f"{name}: not all coordinates are finite")
    if len(endo_mm) != len(epi_mm):
        raise ValueError(f"{len(endo_mm)} endocardia, but {len(epi_mm)} epicardia")


def _icp(start: Rigid, phantom: Ventricle, model: Ventricle) -> tuple[Rigid, float]:
    """The motion where ICP from `start` ends, and the mean squared distance there in mm2.

    Each step minimises the distances to first order, which lets surfaces of near rotational symmetry slide along each
    other (point to plane, Chen & Medioni, Image Vision Comput 1992;10:145), damped as by Levenberg and Marquardt.
    """
    weights = np.concatenate([phantom.weights, model.weights]) / 2
    motion, damping = start, 1e-3
    places, gaps = _pairs(motion, phantom, model)
    error = float(weights @ (gaps**2).sum(axis=1))
    for _ in range(ICP_STEPS):
        trial = _step(places, gaps, weights, damping).after(motion)
        trial_places, trial_gaps = _pairs(trial, phantom, model)
        trial_error = float(weights @ (trial_gaps**2).sum(axis=1))
        if trial_error >= error:
            damping *= 10
            if damping > MOST_DAMPING:
                break
            continue
        gained_mm = np.sqrt(error) - np.sqrt(trial_error)
        motion, places, gaps, error, damping = trial, trial_places, trial_gaps, trial_error, damping / 5
        if gained_mm < ICP_TOLERANCE_MM:
            break
    return motion, error


def _pairs(motion: Rigid, phantom: Ventricle, model: Ventricle) -> tuple[np.ndarray, np.ndarray]:
    """Places on the moved phantom (n, 3), and from where on the model they are away (n, 3): both sides' points."""
    back = motion.inverse()
    ours = motion(phantom.lattice_mm)
    forward = [s.gaps(points.reshape(-1, 3)) for s, points in zip(model.surfaces, ours, strict=True)]
    theirs = [points.reshape(-1, 3) for points in model.lattice_mm]
    backward = [-s.gaps(back(points)) @ motion.rotation.T for s, points in zip(phantom.surfaces, theirs, strict=True)]
    on_phantom = [points + gap for points, gap in zip(theirs, backward, strict=True)]
    return np.concatenate([ours.reshape(-1, 3), *on_phantom]), np.concatenate([*forward, *backward])


def _step(places_mm: np.ndarray, gap_mm: np.ndarray, weights: np.ndarray, damping: float) -> Rigid:
    """The small motion of the places (n, 3) that shrinks the lengths of the gaps (n, 3) most, to first order."""
    length = np.linalg.norm(gap_mm, axis=1)
    direction = gap_mm / np.maximum(length, 1e-12)[:, None]
    centre = weights @ places_mm
    slope = np.concatenate([np.cross(places_mm - centre, direction), direction], axis=1)
    normal = slope.T @ (slope * weights[:, None])
    normal += damping * np.diag(np.diag(normal)) + 1e-12 * np.eye(6)
    change = -np.linalg.solve(normal, slope.T @ (weights * length))
    rotation = Rotation.from_rotvec(change[:3]).as_matrix()
    return Rigid(rotation, centre - rotation @ centre + change[3:])


def _starts(phantom_mm: np.ndarray, model_mm: np.ndarray) -> list[Rigid]:
    """Motions that bring long axis onto long axis and centre onto centre, at several angles around it."""
    ours, theirs = _axes(phantom_mm), _axes(model_mm)
    angles = np.arange(STARTS) / STARTS * 2 * np.pi
    centre, target = phantom_mm.mean(axis=(0, 1, 2)), model_mm.mean(axis=(0, 1, 2))
    motions = []
    for cos, sin in zip(np.cos(angles), np.sin(angles), strict=True):
        rotation = theirs.T @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ ours
        motions.append(Rigid(rotation, target - rotation @ centre))
    return motions


def _axes(lattice_mm: np.ndarray) -> np.ndarray:
    """A right-handed frame, rows: the long axis of the endocardium from apex to base, and any two across."""
    axis = lattice_mm[0, -1].mean(axis=0) - lattice_mm[0, 0].mean(axis=0)
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    across /= np.linalg.norm(across)
    return np.stack([axis, across, np.cross(axis, across)])


def _lengths(gaps_mm: np.ndarray) -> np.ndarray:
    return np.linalg.norm(gaps_mm, axis=-1)


def _mean(weighted: list[tuple[np.ndarray, np.ndarray]]) -> float:
    values, weights = (np.concatenate(parts) for parts in zip(*weighted, strict=True))
    return float(np.average(values, weights=weights))


def _rms_of_modes(displacements_mm: np.ndarray) -> tuple[tuple[float, ...], float]:
    """RMS mm of the first modes and of the first ten together; the rows' squares sum up to the variance."""
    singular = np.linalg.svd(displacements_mm, compute_uv=False)[:ALL_MODES]
    rms_mm = singular / np.sqrt(displacements_mm.shape[1] / 3)
    return tuple(float(mode) for mode in rms_mm[:MODES]), float(np.linalg.norm(rms_mm))


def _meridian_shares(surface_mm: np.ndarray) -> np.ndarray:
    """Share of the way from the apex to the base at each ring, mean over the meridians of (rings, columns, 3)."""
    steps = np.linalg.norm(np.diff(surface_mm, axis=0), axis=-1).mean(axis=1)
    if steps.min() <= 0:
        raise ValueError("two heights of the mean surface are at the same place; give every height once")
    way = np.concatenate([[0.0], np.cumsum(steps)])
    return way / way[-1]


def _periodic(values: np.ndarray, positions: np.ndarray, axis: int) -> np.ndarray:
    """Values at fractional positions along an axis that closes on itself."""
    closed = np.concatenate([values, values.take([0], axis=axis)], axis=axis)
    return CubicSpline(np.arange(closed.shape[axis]), closed, axis=axis, bc_type="periodic")(positions)


def _refined(lattice_mm: np.ndarray) -> np.ndarray:
    """A lattice (2, rings, columns, 3) with more rings and columns, on smooth curves through the given ones."""
    _, rings, columns, _ = lattice_mm.shape
    around = _periodic(lattice_mm, np.arange(columns * REFINEMENT) / REFINEMENT, axis=2)
    return CubicSpline(np.arange(rings), around, axis=1)(np.arange((rings - 1) * REFINEMENT + 1) / REFINEMENT)


def _faces(rings: int, columns: int) -> np.ndarray:
    """Triangles of a lattice that closes around: indices (m, 3) of its points in reading order."""
    ring, column = np.meshgrid(np.arange(rings - 1), np.arange(columns), indexing="ij")
    beside = (column + 1) % columns
    a, b = ring * columns + column, ring * columns + beside
    c, d = b + columns, a + columns
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _nearest_in_triangle(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The nearest point of triangles (..., 3, 3) to points that broadcast against (..., 3).

    The projection onto the plane where that falls inside, or else the nearest point of the three sides.
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    sides = np.stack([_nearest_in_segment(points, *ends) for ends in ((a, b), (b, c), (c, a))])
    distance = ((sides - points) ** 2).sum(axis=-1)
    edge = np.take_along_axis(sides, distance.argmin(axis=0)[None, ..., None], axis=0)[0]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    foot = points - ((points - a) * normal).sum(axis=-1, keepdims=True) * normal
    turns = [(np.cross(end - begin, foot - begin) * normal).sum(axis=-1) for begin, end in ((a, b), (b, c), (c, a))]
    inside = np.min(turns, axis=0) >= 0
    return np.where(inside[..., None], foot, edge)


def _nearest_in_segment(points: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = end - begin
    length = np.maximum((along**2).sum(axis=-1, keepdims=True), 1e-18)
    share = np.clip(((points - begin) * along).sum(axis=-1, keepdims=True) / length, 0, 1)
    return begin + share * along
