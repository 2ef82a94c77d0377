"""The phantom's ultrasound: contrast, sector, speckle and what moves with it, on narrow sectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cardioprior.cohorts.phantom import Adapter, Sector, Settings, acquisition, population, scans, ultrasound
from cardioprior.cohorts.phantom.ultrasound import Beams, Chest, Spread
from cardioprior.imaging import labels

SECTOR = Sector(
    shape_zyx=(76, 48, 52), pixel_mm=2.5, spacing_mm=2.0, azimuth_deg=(56, 56), elevation_deg=(48, 48)
).model_dump()
CONTRACTION = np.array([0.0, 0.3])
CPU = torch.device("cpu")


def stream(purpose: str) -> np.random.Generator:
    return population.generator(7, "phantom", purpose, "NOR-001")


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class World:
    """A subject with a straight heart, whose sector has no ribs in it, at ED and some way towards ES."""

    def __init__(self) -> None:
        drawn = population.draw("NOR-001", stream("person"))
        self.person = replace(drawn, bend_mm=(0.0, 0.0), valve_slope=(0.0, 0.0))
        self.body = scans.make_body(self.person, CONTRACTION, stream, CPU)
        probe, self.grid = ultrasound.aim(self.person, stream("probe"), **SECTOR)
        self.probe = replace(probe, ribs=(), uneven_db=0.0)
        self.image, self.truth = self.acquire()

    def acquire(self, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
        return ultrasound.acquire(self.body, self.grid, self.probe, len(CONTRACTION), generator(seed))

    def look(self, frame: int) -> acquisition.Points:
        """Every voxel as the heart sees it."""
        places = zip(*(self.grid.points(index, CPU) for index in range(self.grid.shape_zyx[0])), strict=True)
        inside = self.body.in_heart(*(torch.cat(axis) for axis in places))
        return self.body.heart.look(*inside, slice(frame, frame + 1))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_blood_is_darker_than_the_wall_that_faces_the_probe_and_than_the_septum(world: World) -> None:
    points = world.look(0)
    seen = (world.image[0] > 0)[None]
    blood = (points.inside("blood") > 4) & (points.z_mm > 25) & (points.above_mm < -12)
    muscle = (points.inside("epicardium") > 1.5) & (points.inside("endocardium") < -1.5) & (points.above_mm < -5)
    septum = muscle & (points.x_mm.abs() > 2 * points.y_mm.abs()) & (points.x_mm > 0)
    grey = world.image[0][None].float()
    for wall in (septum, muscle & (points.z_mm < 3)):
        assert wall[seen].sum() > 30
        assert grey[blood & seen].mean() + 50 < grey[wall & seen].mean()


def test_all_is_black_outside_the_sector_and_little_is_inside(world: World) -> None:
    image = world.image[0].numpy()
    z, y, x = np.indices(image.shape)
    across, up, depth = (x - 25.5) * 2.5, (y - 23.5) * 2.5, z * 2.0
    reach = np.sqrt(across**2 + up**2 + depth**2)
    azimuth, elevation = np.degrees(np.arctan2(across, depth)), np.degrees(np.arcsin(up / reach))
    outside = (abs(azimuth) > 28.01) | (abs(elevation) > 24.01) | (reach > 152)
    assert image.dtype == np.uint8 and not image[outside].any()
    assert (image[~outside & (depth < 100)] > 0).mean() > 0.7


def test_the_probe_lies_beyond_the_apex_and_looks_to_the_base_with_the_rv_on_the_left(world: World) -> None:
    middle = np.argwhere(world.truth[0].numpy() == labels.LV).mean(axis=0)
    points = world.look(0)
    heights = points.z_mm[0, :, 24, 26]
    assert heights[0] < -world.person.cap_mm and (heights.diff() > 0).all()
    assert points.x_mm[0, int(middle[0]), 24, 0] > 20 > -20 > points.x_mm[0, int(middle[0]), 24, -1]
    affine = world.grid.affine()
    assert np.linalg.det(affine[:3, :3]) == pytest.approx(2.5 * 2.5 * 2.0)
    towards_base = -np.asarray(world.person.base_to_apex)
    assert affine[:3, 2] @ towards_base / 2.0 > 0.95


def test_the_labels_are_the_true_cavity_and_nothing_else(world: World) -> None:
    for frame, contraction in enumerate(CONTRACTION):
        points = world.look(frame)
        cavity = (points.inside("endocardium") > 0) & (points.above_mm < 0)
        truth = world.truth[frame]
        assert set(truth.unique().tolist()) == {0, labels.LV}
        assert torch.equal(truth == labels.LV, cavity[0])
        wanted_ml = world.person.lv_edv_ml * (1 - contraction * world.person.lv_ef)
        assert truth.sum() * 2.5 * 2.5 * 2.0 / 1000 == pytest.approx(wanted_ml, rel=0.03)


def test_envelopes_in_even_tissue_have_rayleighs_statistics_and_the_same_power_at_all_depths(world: World) -> None:
    beams = Beams.of(world.body, world.probe, CPU)
    spread = Spread.of(beams, world.probe)
    places = [torch.floor(p / size).long() for p, size in zip(beams.places(), (1.6, 1.6, 0.6), strict=True)]
    x, y, z = (torch.remainder(p, n) for p, n in zip(places, (48, 48, 128), strict=True))
    material = ultrasound._scatterers((128, 48, 48), generator())[:, z, y, x] * spread.correction[:, None, None]
    for scatterers in (material, ultrasound._scatterers(beams.shape, generator(2))):
        even = torch.hypot(*spread.blur(scatterers))[30:-10, 6:-6, 6:-6]
        for part in even.split(60):
            assert part.mean() / part.std() == pytest.approx(1.91, rel=0.04)
            assert part.square().mean() == pytest.approx(1, rel=0.15)


def test_speckle_is_wider_than_deep_and_widens_with_depth(world: World) -> None:
    beams = Beams.of(world.body, world.probe, CPU)
    even = torch.hypot(*Spread.of(beams, world.probe).blur(ultrasound._scatterers(beams.shape, generator())))

    def alike(part: torch.Tensor, dim: int) -> float:
        """Correlation of neighbours."""
        count = part.shape[dim] - 1
        pair = torch.stack([part.narrow(dim, 0, count).flatten(), part.narrow(dim, 1, count).flatten()])
        return float(torch.corrcoef(pair)[0, 1])

    deep = even[200:260]
    # Neighbours lie 0.5 mm apart along the beam, and about 2 mm apart across.
    assert 0.2 < alike(deep, 0) < 0.9 and 0.2 < alike(deep, 1) < 0.9 and 0.2 < alike(deep, 2) < 0.9


def test_speckle_moves_with_the_wall(world: World) -> None:
    beams = Beams.of(world.body, world.probe, CPU)
    spread, noise = Spread.of(beams, world.probe), generator()
    chest = Chest.draw(beams, world.probe, noise)
    at_rest, moved = (
        _speckle(ultrasound.envelope(world.body, beams, world.probe, chest, spread, frame, noise)) for frame in (0, 1)
    )
    points = world.body.heart.look(*beams.places(), slice(1, 2))
    wall = (points.inside("epicardium") > 2) & (points.inside("endocardium") < -2) & (points.above_mm < -8)
    blood = (points.inside("blood") > 4) & (points.above_mm < -15) & (points.z_mm > 45)
    # Without drift, bend and slope at ED, the material's coordinates are the heart's.
    x, y, z = world.body.heart.material_mm(points, wall)
    row = points.z_mm[wall] - world.body.heart.first_mm
    origin = _at(at_rest, world, beams, torch.stack([x, y, z + row - row.round()]))
    followed = torch.corrcoef(torch.stack([origin, moved[wall[0]]]))[0, 1]
    stayed = torch.corrcoef(torch.stack([at_rest[wall[0]], moved[wall[0]]]))[0, 1]
    in_blood = torch.corrcoef(torch.stack([at_rest[blood[0]], moved[blood[0]]]))[0, 1]
    assert followed > 0.3 and followed > stayed + 0.2
    assert in_blood.abs() < 0.1


def _speckle(echo: torch.Tensor) -> torch.Tensor:
    """Levels (D, E, A) without their local mean."""
    level = echo.log()
    return level - F.avg_pool3d(level[None, None], (11, 5, 5), 1, (5, 2, 2), count_include_pad=False)[0, 0]


def _at(values: torch.Tensor, world: World, beams: Beams, places: torch.Tensor) -> torch.Tensor:
    """Values (D, E, A) at places (3, n) of the heart's frame."""
    turn = torch.as_tensor(world.probe.axes @ world.person.heart_axes().T, dtype=torch.float32)
    x, y, z = turn @ (places - torch.tensor(beams.start_mm)[:, None])
    depth = torch.sqrt(x**2 + y**2 + z**2)
    azimuth = torch.atan2(x, z) * 2 / world.probe.opening_rad[0]
    elevation = torch.asin(y / depth) * 2 / world.probe.opening_rad[1]
    along = (depth / ultrasound.STEP_MM - 0.5) * 2 / (len(beams.depth_mm) - 1) - 1
    grid = torch.stack([azimuth, elevation, along], dim=-1)[None, None, None]
    return F.grid_sample(values[None, None], grid, align_corners=True, padding_mode="border").flatten()


def test_walls_along_the_beam_are_weak_but_for_their_middle_and_the_apex_is_not(world: World) -> None:
    beams = Beams.of(world.body, world.probe, CPU)
    points = world.body.heart.look(*beams.places(), slice(0, 1))
    power = ultrasound._amplitudes(world.body, beams, points)[0].square()
    facing = ultrasound._facing(beams, points)
    endocardium, epicardium = -points.inside("endocardium")[0], points.inside("epicardium")[0]
    muscle = (epicardium > 1) & (endocardium > 0.7) & (points.above_mm[0] < -10)
    tip, side = muscle & (points.z_mm[0] < -2), muscle & (points.z_mm[0] > 35)
    assert facing[tip].mean() > 0.6 and facing[side].mean() < 0.15
    inner, middle = (endocardium < 1.3), (endocardium - epicardium).abs() < 1
    assert power[side & inner].mean() < 0.6 * power[side & middle].mean()
    assert power[side & inner].mean() < 0.6 * power[tip].mean()


def test_ribs_darken_the_sectors_edge(world: World) -> None:
    shaded = replace(world.probe, ribs=((0.0, 0.3, 30.0),))
    image, _ = ultrasound.acquire(world.body, world.grid, shaded, 1, generator(1))
    right, left = (part.float().mean() for part in (image[0, 30:70, :, 36:], image[0, 30:70, :, :16]))
    clear_right, clear_left = (world.image[0, 30:70, :, part].float().mean() for part in (slice(36, None), slice(16)))
    assert right < 0.5 * clear_right and left > 0.8 * clear_left


def test_the_mitral_valve_is_open_while_the_heart_fills_and_shut_at_ed_and_es() -> None:
    base_mm = torch.tensor([90.0, 86.0, 80.0, 76.0, 75.0, 79.0, 84.0, 86.0, 86.3, 86.5, 87.5, 89.0])
    opened = [ultrasound._opening(base_mm, frame) for frame in range(12)]
    assert opened[1] == opened[2] == opened[3] == 0 and opened[5] == opened[6] == 1
    assert [ultrasound._opening(base_mm[[0, 4]], frame) for frame in (0, 1)] == [0, 0]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(world: World) -> None:
    again, truth = world.acquire()
    assert torch.equal(again, world.image) and torch.equal(truth, world.truth)
    other, truth = world.acquire(seed=2)
    assert not torch.equal(other, world.image) and torch.equal(truth, world.truth)


def test_a_cohort_with_ultrasound_has_the_lv_annotated_at_ed_and_es(tmp_path: Path) -> None:
    settings = Settings(
        adapter="phantom",
        groups=("NOR",),
        subjects_per_group=1,
        frames=(12, 12),
        phases="ed_es",
        files="nifti",
        views={"us": SECTOR},
    )
    cohort = Adapter(settings, tmp_path, "echo", seed=3)
    cohort.generate("NOR-001")
    (subject,) = cohort.find()
    view = cohort.load(subject).views["us"]
    assert view.image.data.dtype == np.uint8 and view.image.data.shape == (2, 76, 48, 52)
    assert view.image.spacing_mm == pytest.approx((2.0, 2.5, 2.5))
    assert [(a.phase, a.structures) for a in view.annotations] == [("ED", ("LV",)), ("ES", ("LV",))]
    ed, es = (int((a.labels == labels.LV).sum()) for a in view.annotations)
    assert es < 0.7 * ed


def test_depths_painted_at_once_change_nothing(world: World) -> None:
    beams = Beams.of(world.body, world.probe, CPU)
    material = ultrasound._scatterers((128 * 48 * 48,), generator())
    parts = [ultrasound._tissues(world.body, beams, material, 0, chunk) for chunk in (400, 37)]
    for whole, pieced in zip(*parts, strict=True):
        assert torch.allclose(whole, pieced, atol=1e-4)


def test_a_long_heart_is_seen_down_to_its_base_where_the_cube_is_deep_enough() -> None:
    for subject in ("DCM-001", "DCM-002", "DCM-003"):
        person = population.draw(subject, population.generator(0, "phantom", "person", subject))
        for seed in range(3):
            probe, _ = ultrasound.aim(person, np.random.default_rng(seed), **SECTOR)
            assert person.cap_mm + 7 < probe.standoff_mm < 152 - person.lv_length_mm - 10
