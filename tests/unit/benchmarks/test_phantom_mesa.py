"""The comparison of the phantom's LVs with MESA's shape model, on spheres whose distances and spread are known."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from scipy.spatial.transform import Rotation

from benchmarks.phantom import mesa

RINGS, COLUMNS = 12, 16
OPENING_RAD = 2.9  # from the apex: so nearly a whole sphere that a shift cannot make up for another radius


def sphere(radius_mm: float, rings: int = RINGS, columns: int = COLUMNS) -> np.ndarray:
    """A sphere around 0 that is open at the base, (rings, columns, 3), apex towards +x as in the model."""
    polar = np.linspace(0, OPENING_RAD, rings)[:, None]
    around = np.arange(columns) / columns * 2 * np.pi
    x = np.broadcast_to(np.cos(polar), (rings, columns))
    return radius_mm * np.stack([x, np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around)], axis=-1)


def ventricle(radius_mm: float = 20.0, wall_mm: float = 10.0) -> np.ndarray:
    """Endocardium and epicardium, (2, rings, columns, 3); the outer one bulges, so that no turn around x is alike."""
    outer = sphere(radius_mm + wall_mm)
    outer[..., 1] *= 1.15
    outer[..., 2] *= 1 + 0.1 * np.tanh(outer[..., 2] / 10)
    return np.stack([sphere(radius_mm), outer])


def model(mean_mm: np.ndarray) -> mesa.ShapeModel:
    return mesa.ShapeModel(mean_mm, (3.0, 2.0), 4.0)


def moved(points_mm: np.ndarray, seed: int = 3, shift_mm: float = 40.0) -> np.ndarray:
    """Points turned and shifted at random."""
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=seed).as_matrix()
    return points_mm @ rotation.T + rng.normal(0, shift_mm, 3)


def stored_points(lattice_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points in the manner of the model's file, in no order: lattice points, the apex and column 0 more than once.

    Also the triangles, counted from 1, with those without area; and the place in the lattice of each point.
    """
    rings, columns = lattice_mm.shape[:2]
    ring, column = np.meshgrid(np.arange(rings), np.arange(columns + 1), indexing="ij")
    order = np.random.default_rng(0).permutation(ring.size)
    position = np.argsort(order).reshape(ring.shape)
    a, b, c, d = position[:-1, :-1], position[:-1, 1:], position[1:, 1:], position[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    place = np.where(ring == 0, 0, ring * columns + column % columns).ravel()[order]
    return lattice_mm.reshape(-1, 3)[place], faces + 1, place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files like the model's: one mode makes the LV larger, another only shifts it."""
    mean = ventricle()
    points, faces, place = stored_points(mean[0])
    outer = mean[1].reshape(-1, 3)[place]
    both = np.stack([points, outer])
    modes = np.stack([both / np.linalg.norm(both), np.broadcast_to([1.0, 0, 0], both.shape) / np.sqrt(both.size / 3)])
    stored = {
        "MEAN": both.ravel(),
        "COEFF": modes.reshape(2, -1).T,
        "LATENT": np.array([4.0, 1.0]) * both.size / 3,
    }
    for phase in ("ED", "ES"):
        savemat(tmp_path / f"PCA_{phase}.mat", {f"PCA_{phase}": stored})
    savemat(tmp_path / "SurfaceFaces.mat", {"Face": {"Endo": faces, "Epi": faces + len(points)}})
    return tmp_path


@pytest.fixture
def real_folder() -> Path:
    default = Path(__file__).parents[4] / "shared" / "data"
    path = Path(os.environ.get("CMR_TEST_DATA", default)) / "mesa_lv_shape_model"
    if not path.is_dir():
        pytest.skip(f"MESA's shape model is not at {path}; set CMR_TEST_DATA to the folder that holds it")
    return path


def test_the_lattice_is_found_in_points_of_any_order(folder: Path) -> None:
    read = mesa.read_model(folder, "ED")

    np.testing.assert_allclose(read.mean_mm, ventricle(), atol=1e-9)


def test_a_mode_that_only_moves_the_heart_is_no_spread(folder: Path) -> None:
    read = mesa.read_model(folder, "ES")

    # Growth by a factor moves the centre of an open sphere a little, hence the tolerance.
    assert read.mode_rms_mm[0] == pytest.approx(2.0, rel=0.05)
    assert read.mode_rms_mm[1] == pytest.approx(0.0, abs=1e-6)
    assert read.total_rms_mm == pytest.approx(read.mode_rms_mm[0], abs=1e-6)


def test_points_that_are_no_lattice_are_refused() -> None:
    points, faces, _ = stored_points(sphere(20.0))
    points[:, 1:] += 50  # x is not around the surface, but beside it

    with pytest.raises(ValueError, match="no lattice"):
        mesa.lattice_indices(points, faces - 1)


def test_the_model_in_another_place_and_sampling_is_at_no_distance() -> None:
    mean = model(mesa._refined(ventricle())[:, ::2, ::2])
    endo, epi = mesa._refined(ventricle())
    found = mesa.compare_phase("ED", moved(endo)[None, :, ::-1], moved(np.roll(epi, 5, axis=1))[None], mean)

    assert max(found.endo_mm, found.epi_mm, found.both_mm) < 0.03
    assert found.mode_rms_mm == ()


def test_larger_spheres_are_at_the_difference_of_their_radii() -> None:
    mean = np.stack([sphere(20.0, 29, 28), sphere(30.0, 29, 28)])
    phantom = moved(np.stack([sphere(21.0, 40, 30), sphere(32.0, 40, 30)]))
    found = mesa.compare_phase("ES", phantom[0][None], phantom[1][None], model(mean))

    assert found.endo_mm == pytest.approx(1.0, abs=0.05)
    assert found.epi_mm == pytest.approx(2.0, abs=0.05)
    assert found.endo_mm < found.both_mm < found.epi_mm


def test_the_mean_is_over_corresponding_points_of_the_subjects() -> None:
    subjects = np.stack([ventricle() * factor for factor in (0.8, 1.2)])
    found = mesa.compare_phase("ED", subjects[:, 0], subjects[:, 1], model(ventricle()))

    assert found.both_mm < 0.01
    assert found.subjects == 2


def test_spread_is_the_motion_for_one_standard_deviation() -> None:
    rng = np.random.default_rng(1)
    factors = rng.normal(1.0, 0.1, 60)
    subjects = np.stack([moved(ventricle() * factor, seed) for seed, factor in enumerate(factors)])
    modes, total = mesa.spread_mm(subjects)

    points = ventricle().reshape(-1, 3)
    radius_mm = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert modes[0] == pytest.approx(radius_mm * factors.std(ddof=1), rel=0.01)
    assert modes[1] < 0.01
    assert total == pytest.approx(modes[0], rel=0.01)


def test_spread_of_few_subjects() -> None:
    assert mesa.spread_mm(ventricle()[None]) == ((), 0.0)
    modes, _ = mesa.spread_mm(np.stack([ventricle(), ventricle(21.0)]))
    assert len(modes) == 1


def test_the_fit_finds_a_motion_and_never_mirrors() -> None:
    points = np.random.default_rng(2).normal(size=(30, 3)) * (30, 20, 10)
    found = mesa.fitted(points, moved(points))
    mirrored = mesa.fitted(points, points * (1, 1, -1))

    np.testing.assert_allclose(found(points), moved(points), atol=1e-9)
    np.testing.assert_allclose(found.inverse()(moved(points)), points, atol=1e-9)
    assert np.linalg.det(mirrored.rotation) == pytest.approx(1.0)


def test_the_nearest_point_of_a_triangle_is_that_of_a_dense_sampling() -> None:
    rng = np.random.default_rng(4)
    corners, points = rng.normal(size=(40, 3, 3)), rng.normal(size=(40, 3)) * 1.5
    u, v = (part.ravel() for part in np.meshgrid(np.linspace(0, 1, 200), np.linspace(0, 1, 200)))
    shares = np.stack([1 - u, u * (1 - v), u * v], axis=1)
    wanted = [np.linalg.norm(shares @ c - p, axis=1).min() for c, p in zip(corners, points, strict=True)]
    found = mesa._nearest_in_triangle(points, corners)

    np.testing.assert_allclose(np.linalg.norm(found - points, axis=1), wanted, atol=2e-3)


@pytest.mark.parametrize(
    ("endo", "epi", "message"),
    [
        (np.zeros((2, 5, 8)), np.zeros((2, 5, 8, 3)), "endo: wanted"),
        (np.zeros((2, 5, 8, 3)), np.zeros((2, 3, 8, 3)), "epi: wanted"),
        (np.zeros((2, 5, 8, 3)), np.full((2, 5, 8, 3), np.nan), "epi: not all"),
        (np.zeros((2, 5, 8, 3)), np.zeros((3, 5, 8, 3)), "2 endocardia, but 3 epicardia"),
        (np.zeros((2, 5, 8, 3)), np.zeros((2, 5, 8, 3)), "same place"),
    ],
)
def test_arrays_that_are_no_population_are_refused(endo: np.ndarray, epi: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mesa.compare_phase("ED", endo, epi, model(ventricle()))


def test_both_phases_are_described(folder: Path) -> None:
    subjects = np.stack([ventricle(), ventricle() * 1.1])
    found = mesa.compare({"ED": (subjects[:, 0], subjects[:, 1]), "ES": (subjects[:1, 0], subjects[:1, 1])}, folder)
    lines = found.describe().splitlines()

    assert [line[:3] for line in lines] == ["ED:", "ED:", "ES:", "ES:"]
    assert "mean LV of 2" in lines[0] and "endo" in lines[0]
    assert lines[3].endswith("first modes none")


@pytest.mark.parametrize("phase", ["ED", "ES"])
def test_mesas_own_mean_resampled_is_at_no_distance(real_folder: Path, phase: str) -> None:
    read = mesa.read_model(real_folder, phase)
    endo, epi = moved(mesa._refined(read.mean_mm))
    found = mesa.compare_phase(phase, endo[None], epi[None], read)

    assert read.mean_mm.shape == (2, 29, 28, 3)
    assert found.both_mm < 0.02


@pytest.mark.parametrize("phase", ["ED", "ES"])
def test_mesas_own_subjects_have_its_spread(real_folder: Path, phase: str) -> None:
    read = mesa.read_model(real_folder, phase)
    stored = loadmat(real_folder / f"PCA_{phase}.mat", simplify_cells=True)[f"PCA_{phase}"]
    faces = loadmat(real_folder / "SurfaceFaces.mat", simplify_cells=True)["Face"]["Endo"].astype(int) - 1
    lattice = mesa.lattice_indices(stored["MEAN"].reshape(2, -1, 3)[0], faces)
    vectors = stored["MEAN"] + stored["SCORE"][::8] @ stored["COEFF"].T
    subjects = vectors.reshape(len(vectors), 2, -1, 3)[:, :, lattice]
    modes, total = mesa.spread_mm(subjects)

    np.testing.assert_allclose(modes, read.mode_rms_mm, rtol=0.15)
    assert total == pytest.approx(read.total_rms_mm, rel=0.1)


def test_an_ellipsoid_of_a_hearts_size_is_near_mesas_mean(real_folder: Path) -> None:
    def ellipsoid(radius_mm: float, half_mm: float) -> np.ndarray:
        polar = np.linspace(0, 2.0, 30)[:, None]
        around = np.arange(36) / 36 * 2 * np.pi
        x = np.broadcast_to(half_mm * np.cos(polar), (30, 36))
        across = radius_mm * np.sin(polar)
        return moved(np.stack([x, across * np.cos(around), across * np.sin(around)], axis=-1))

    found = mesa.compare_phase(
        "ED", ellipsoid(24.5, 61)[None], ellipsoid(33.5, 67)[None], mesa.read_model(real_folder, "ED")
    )

    assert 0.3 < found.endo_mm < 2.5
    assert 0.3 < found.epi_mm < 2.5
