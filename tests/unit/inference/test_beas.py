"""The active surface: its splines, what pulls it, and the LV of a made-up ultrasound volume."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline
from scipy.spatial.transform import Rotation

from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.imaging.geometry import Grid
from cardioprior.inference import beas_energy
from cardioprior.inference.beas import SPLINES, left_ventricle
from cardioprior.inference.beas_base import FITTED, base_plane, between, faces_wall
from cardioprior.inference.beas_energy import Rays, at, directions, evolve
from cardioprior.inference.beas_sector import Sector
from cardioprior.inference.beas_start import start
from cardioprior.inference.beas_surface import Ellipsoid, Splines, Surface, angles, unit_vectors
from cardioprior.methods.acnn_beas import Method
from cardioprior.metrics.overlap import dice
from cardioprior.metrics.surface import surface_distances
from cardioprior.store import Record
from tests.unit.inference import ultrasound_world as world

TURNED = Rotation.from_euler("xyz", [20, -35, 50], degrees=True).as_matrix()
CENTRE = np.array([70.0, 60.0, 65.0])
BALL = Ellipsoid(CENTRE, 20.0 * np.eye(3))


def ball_picture(radius_mm: float, on: Grid) -> np.ndarray:
    """A dark ball in even tissue that fills the grid, its border a voxel wide."""
    z, y, x = np.indices(on.shape_zyx)
    places = np.stack([x, y, z], axis=-1) @ on.affine[:3, :3].T + on.affine[:3, 3]
    outside = (np.linalg.norm(places - CENTRE, axis=-1) - radius_mm) / on.spacing_mm[0] + 0.5
    return 0.2 + 0.6 * outside.clip(0, 1)


def plain_grid(spacing_mm: float = 2.0) -> Grid:
    size = round(130 / spacing_mm)
    return Grid((size, size, size), np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0]))


# --- splines


def test_angles_start_at_the_apex_and_come_back_as_directions():
    polar, azimuth = angles(np.array([[0, 0, -2.0], [0, 0, 1.0], [3.0, 0, 0], [0, -1.0, 0]]))
    assert polar == pytest.approx([0, np.pi, np.pi / 2, np.pi / 2])
    assert azimuth[2:] == pytest.approx([0, 1.5 * np.pi])
    np.testing.assert_allclose(unit_vectors(polar, azimuth), [[0, 0, -1], [0, 0, 1], [1, 0, 0], [0, -1, 0]], atol=1e-12)


def test_equal_parameters_are_a_sphere_that_is_not_rough():
    along, shares = directions(9, 12)
    parameters = SPLINES.constant(1.3)
    assert SPLINES.matrix(along) @ parameters == pytest.approx(1.3)
    assert parameters @ SPLINES.roughness @ parameters == pytest.approx(0, abs=1e-12)
    assert shares.sum() == pytest.approx(1)


def test_a_pole_has_one_radius_whichever_way_one_comes_to_it():
    parameters = np.random.default_rng(0).normal(1, 0.2, len(SPLINES.constant(1)))
    around = np.linspace(0, 2 * np.pi, 7)
    for pole in (0.0, np.pi):
        radii = SPLINES.matrix(unit_vectors(np.array(pole), around)) @ parameters
        assert np.ptp(radii) < 1e-12


def test_a_surface_closes_around_its_axis_smoothly():
    parameters = np.random.default_rng(1).normal(1, 0.2, len(SPLINES.constant(1)))
    for beside in (1e-6, 1e-5):
        ends = SPLINES.matrix(unit_vectors(np.array(1.1), np.array([beside, -beside]))) @ parameters
        assert ends[0] == pytest.approx(ends[1], abs=10 * beside)


def test_away_from_the_poles_it_is_the_tensor_of_scipys_splines():
    splines = Splines(10, 12)
    coefficients = np.random.default_rng(2).normal(size=(6, 12))
    parameters = np.concatenate([splines.constant(0)[:6], coefficients.ravel()])
    polar, azimuth = np.array([1.3, 1.7, 1.9]), np.array([0.4, 3.0, 6.0])
    knots = np.concatenate([[0] * 3, np.linspace(0, np.pi, 8), [np.pi] * 3])
    rows = np.zeros((10, 12))
    rows[2:-2] = coefficients
    along = BSpline(knots, rows, 3)(polar)
    step = 2 * np.pi / 12
    wrapped = np.concatenate([along, along[:, :3]], axis=1)
    expected = [
        float(BSpline(step * np.arange(-3, 16), row, 3)(phi)) for row, phi in zip(wrapped, azimuth, strict=True)
    ]
    assert splines.matrix(unit_vectors(polar, azimuth)) @ parameters == pytest.approx(expected)


@pytest.mark.parametrize("turn", [np.eye(3), TURNED])
def test_an_ellipsoid_on_a_grid_has_its_volume_and_its_place(turn):
    axes = np.diag([20.0, 16.0, 40.0]) @ turn
    surface = Surface(Ellipsoid(CENTRE, axes), SPLINES, SPLINES.constant(1.0))
    mask = surface.inside(plain_grid())
    assert mask.sum() * 8 == pytest.approx(4 / 3 * np.pi * 20 * 16 * 40, rel=0.01)
    np.testing.assert_allclose(2 * np.argwhere(mask).mean(axis=0)[::-1], CENTRE, atol=0.1)


def test_a_base_cuts_what_lies_above_it():
    half = Surface(BALL, SPLINES, SPLINES.constant(1.0), (0.0, 0.0, 0.0)).inside(plain_grid())
    assert half.sum() * 8 == pytest.approx(2 / 3 * np.pi * 20**3, rel=0.03)
    assert np.argwhere(half)[:, 0].max() * 2 < CENTRE[2]
    leaning = Surface(BALL, SPLINES, SPLINES.constant(1.0), (0.0, 1.0, 0.0)).inside(plain_grid())
    z, _, x = (2 * np.argwhere(leaning) - CENTRE[::-1]).T
    assert (z < x).all() and leaning.sum() == pytest.approx(half.sum(), rel=0.03)


def test_a_surface_outside_the_grid_is_nowhere():
    assert not Surface(Ellipsoid(CENTRE + 500, BALL.axes_mm), SPLINES, SPLINES.constant(1.0)).inside(plain_grid()).any()


# --- the pull


def test_a_ray_is_pulled_outwards_in_the_dark_inwards_in_the_bright_and_nowhere_in_even_tissue():
    on = plain_grid()
    rays = Rays.of(Sector.of(ball_picture(20.0, on), on), BALL)
    force = rays.force(8.0)
    n = len(rays.directions)
    assert (at(force, np.full(n, 0.85)) > 0.02).all()
    assert (at(force, np.full(n, 1.15)) < -0.02).all()
    assert np.abs(at(force, np.full(n, 0.3))).max() < 1e-6


def test_bright_inside_dark_pulls_nothing():
    on = plain_grid()
    rays = Rays.of(Sector.of(1 - ball_picture(20.0, on), on), BALL)
    assert np.abs(rays.force(8.0)[:, 20:70]).max() < 1e-9


def found_radii(radius_mm: float) -> np.ndarray:
    """Radii in mm that a sphere of 20 mm evolves to in the picture of a ball."""
    on = plain_grid()
    rays = Rays.of(Sector.of(ball_picture(radius_mm, on), on), BALL)
    parameters = evolve(rays, SPLINES, SPLINES.constant(1.0), rays.weights, 8.0, 1e-4, 80, 1.0)
    return 20 * (SPLINES.matrix(rays.directions) @ parameters)


@pytest.mark.parametrize("radius_mm", [17.0, 20.0, 24.5])
def test_a_balls_radius_is_found_to_a_tenth_of_a_voxel(radius_mm, monkeypatch):
    monkeypatch.setattr(beas_energy, "BORDER", 0.5)
    found = found_radii(radius_mm)
    assert found.mean() == pytest.approx(radius_mm, abs=0.2)
    assert found.std() < 0.1


def test_the_border_lies_on_the_walls_side_of_the_middle():
    """.65 of the way up an edge that is blurred by 1.5 mm and a voxel of 2 mm (SD 1.6 mm): .39 SD further out."""
    assert found_radii(20.0).mean() == pytest.approx(20 + 0.39 * 1.6, abs=0.15)


def test_stiffness_keeps_a_surface_smooth():
    on = plain_grid()
    noisy = ball_picture(20.0, on) + np.random.default_rng(0).normal(0, 0.15, on.shape_zyx).clip(-0.15)
    rays = Rays.of(Sector.of(noisy, on), BALL)
    rough = [
        (lambda p: p @ SPLINES.roughness @ p)(evolve(rays, SPLINES, SPLINES.constant(1.0), rays.weights, 6, s, 40, 1))
        for s in (1e-5, 1e-1)
    ]
    assert rough[1] < 0.3 * rough[0]


# --- sector and base


def test_a_sector_deepens_from_the_probe_and_holds_no_unscanned_corner():
    on = world.grid(turn=TURNED)
    sector = Sector.of(world.picture(on), on)
    where, depth = sector.axis
    to_patient = on.affine[:3, :3] / 2.5
    np.testing.assert_allclose(depth, to_patient @ [0, 0, 1], atol=0.05)
    probe = to_patient @ world.PROBE_MM + on.affine[:3, 3]
    assert np.linalg.norm(where - probe) < 10
    inside = to_patient @ world.CENTRE_MM + on.affine[:3, 3]
    assert sector.holds(np.array([inside, on.affine[:3, 3]])).tolist() == [True, False]


@pytest.mark.parametrize("picture", [np.zeros((12, 12, 12)), np.eye(12)[None].repeat(1, axis=0)])
def test_a_picture_without_a_sector_is_refused_with_what_was_found(picture):
    on = Grid(picture.shape, np.eye(4))
    with pytest.raises(
        CardioPriorError, match=rf"with {int(picture.sum())} voxels that are not black; wanted a sector"
    ):
        Sector.of(picture, on)


def test_the_valve_is_where_the_axis_meets_it():
    on = world.grid()
    offset = on.affine[:3, 3]
    ellipsoid = Ellipsoid(world.CENTRE_MM + offset, np.diag(world.HALF_AXES_MM))
    plane = base_plane(Sector.of(world.picture(on), on), Surface(ellipsoid, SPLINES, SPLINES.constant(1.0)))
    assert plane[0] * world.HALF_AXES_MM[2] == pytest.approx(world.VALVE_MM - world.CENTRE_MM[2], abs=2.5)
    assert np.abs(plane[1:]).max() < 0.15


def test_an_ellipsoid_between_apex_and_valve_keeps_its_apex_and_width():
    given = Ellipsoid(CENTRE, np.diag([10.0, 11.0, 40.0]))
    found = between(given, 0.2)
    np.testing.assert_allclose(found.centre_mm - found.axes_mm[2], CENTRE - np.array([0, 0, 40]))
    np.testing.assert_allclose(found.centre_mm + FITTED * found.axes_mm[2], CENTRE + np.array([0, 0, 8]))
    np.testing.assert_allclose(found.axes_mm[:2], given.axes_mm[:2])


def test_rays_above_the_base_face_no_wall():
    along = np.array([[0, 0, 1.0], [0, 0, -1.0], [1.0, 0, 0]])
    assert faces_wall(along, np.ones(3), (0.5, 0, 0)).tolist() == [False, True, True]
    assert faces_wall(along, np.array([0.4, 1, 1]), (0.5, 0, -0.6)).tolist() == [True, True, True]


# --- the whole


def test_the_start_is_in_the_ventricle_and_points_along_it():
    on = world.grid()
    found = start(Sector.of(world.picture(on, grain=0.3), on))
    off = found.centre_mm - on.affine[:3, 3] - world.CENTRE_MM
    assert np.abs(off[:2]).max() < 5
    assert found.axes_mm[2] @ [0, 0, 1] > 0.97 * np.linalg.norm(found.axes_mm[2])


@pytest.mark.parametrize("turn", [np.eye(3), TURNED, np.eye(3)[[1, 2, 0]]])
def test_the_cavity_of_a_grainy_volume_is_found_however_it_lies(turn):
    on = world.grid(turn=turn)
    mask = left_ventricle(world.picture(on, grain=0.3), on).inside(on)
    assert dice(mask, world.truth(on)) > 0.93
    assert surface_distances(mask, world.truth(on), on.spacing_mm).mean_mm < 1.5


def test_a_coarser_picture_gives_the_same_cavity_on_a_fine_grid():
    coarse, fine = world.grid(5.0), world.grid(2.5)
    shifted = Grid(fine.shape_zyx, fine.affine)
    mask = left_ventricle(world.picture(coarse), coarse).inside(shifted)
    assert dice(mask, world.truth(fine)) > 0.9


def test_beas_labels_every_phase_on_the_subjects_own_grid_and_needs_no_model():
    prepared, native = world.grid(5.0), world.grid(2.5)
    meta = {
        name: {"shape_zyx": list(g.shape_zyx), "affine": g.affine.tolist()}
        for name, g in (("grid", prepared), ("native", native))
    }
    record = Record("a", {"image_ED": world.picture(prepared), "image_ES": world.picture(prepared)}, meta)
    assert Method().models("s", "c", "main", "ultrasound") == ()
    found = Method().predict_one(record, {}, None)
    assert sorted(found) == ["labels_ED", "labels_ES"]
    np.testing.assert_array_equal(found["labels_ED"], found["labels_ES"])
    assert found["labels_ED"].shape == native.shape_zyx and set(np.unique(found["labels_ED"])) == {0, 1}
    empty = Record("b", {"image_ED": np.zeros(prepared.shape_zyx)}, meta)
    with pytest.raises(SubjectError, match=r"b, image_ED: .* 0 voxels that are not black"):
        Method().predict_one(empty, {}, None)
