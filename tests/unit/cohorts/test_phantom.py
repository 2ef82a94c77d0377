"""The phantom's anatomy, motion, signal, views, files and reproducibility, on small pictures."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy import ndimage

from cardioprior.cohorts.phantom import (
    Adapter,
    Settings,
    acquisition,
    anatomy,
    motion,
    population,
    scans,
    signal,
    views,
)
from cardioprior.cohorts.phantom.interpolation import Along, along_each, turned
from cardioprior.imaging import labels

STACK = {
    "slices": (6, 16),
    "beyond": (1, 1),
    "pixel_mm": (2.0, 2.2),
    "matrix": 96,
    "thickness_mm": 7.0,
    "gap_mm": 3.0,
    "breathing_mm": 1.0,
}
SMALL = {
    "adapter": "phantom",
    "groups": population.GROUPS,
    "subjects_per_group": 1,
    "frames": (12, 12),
    "phases": "all",
    "files": "dicom",
    "views": {"sax": STACK},
}
SUBJECTS = [f"{group}-{number:03d}" for group in population.GROUPS for number in (1, 2)]
CPU = torch.device("cpu")
FRAMES = 10


def adapter(root: Path, **changes: object) -> Adapter:
    return Adapter(Settings(**(SMALL | changes)), root, "phantom", seed=3)


def digest(paths: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


class World:
    """A subject in memory: its body, labels on voxels of 1.5 mm, and a stack."""

    def __init__(self, subject: str) -> None:
        def stream(purpose: str) -> np.random.Generator:
            return population.generator(7, "phantom", purpose, subject)

        self.person = population.draw(subject, stream("person"))
        self.contraction = motion.contraction_curve(FRAMES, self.person.es_fraction, self.person.kick)
        self.es = motion.es_frame(FRAMES, self.person.es_fraction)
        self.heart = anatomy.build(self.person)
        self.beat = motion.beat(self.heart, self.contraction)
        self.body = scans.make_body(self.person, self.contraction, stream, CPU)
        self.fine = self._labels(views.volume(self.person, pixel_mm=1.5, spacing_mm=1.5, shape_zyx=(110, 128, 128)))
        self.grid = views.short_axis(self.person, stream("stack"), **(STACK | {"pixel_mm": (1.8, 1.8), "matrix": 112}))
        scanner = acquisition.Scanner.draw(stream("scanner"))
        image, truth = acquisition.acquire(self.body, self.grid, scanner, FRAMES, torch.Generator().manual_seed(1))
        self.image, self.truth = image.numpy(), acquisition.one_piece(truth.numpy())

    def _labels(self, grid: views.Grid) -> np.ndarray:
        planes = []
        for index in range(grid.shape_zyx[0]):
            points = self.body.heart.look(*self.body.in_heart(*grid.points(index, CPU)), slice(0, FRAMES))
            planes.append(acquisition.draw_labels(points.sub_slice(0), grid.pixel_mm, ring=grid.ring))
        return torch.stack(planes, dim=1).numpy()

    def volume_ml(self, label: int) -> np.ndarray:
        """Per frame, on the fine voxels."""
        return (self.fine == label).sum(axis=(1, 2, 3)) * 1.5**3 / 1000

    def ejection_fraction(self, label: int) -> float:
        volume = self.volume_ml(label)
        return float(1 - volume[self.es] / volume[0])

    def wall_mm(self) -> np.ndarray:
        """ED wall thickness at heights of the middle two thirds and at all angles."""
        middle = (anatomy.HEIGHTS > 0.25) & (anatomy.HEIGHTS < 0.9)
        return (self.heart.epicardium - self.heart.endocardium)[middle]


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {subject: World(subject) for subject in SUBJECTS}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Adapter, list[Path]]:
    cohort = adapter(tmp_path_factory.mktemp("phantom"))
    return cohort, list(cohort.generate("HCM-001"))


# The heart


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_lv_is_largest_in_frame_0_and_smallest_at_end_systole(worlds: dict[str, World], subject: str) -> None:
    volume = worlds[subject].volume_ml(labels.LV)
    assert volume.argmax() == 0 and (volume < volume[0]).sum() == len(volume) - 1
    assert volume.argmin() == worlds[subject].es and (volume > volume.min()).sum() == len(volume) - 1
    assert 0.3 <= worlds[subject].es / len(volume) <= 0.45


@pytest.mark.parametrize("subject", SUBJECTS)
def test_measured_volumes_are_the_drawn_ones(worlds: dict[str, World], subject: str) -> None:
    world, person = worlds[subject], worlds[subject].person
    wanted = person.lv_edv_ml * (1 - person.lv_ef * world.contraction)
    np.testing.assert_allclose(world.volume_ml(labels.LV), wanted, rtol=0.02)
    assert world.volume_ml(labels.MYO)[0] == pytest.approx(person.lv_mass_g / 1.05, rel=0.04)
    assert world.volume_ml(labels.RV)[0] == pytest.approx(person.rv_edv_ml, rel=0.10)
    assert world.ejection_fraction(labels.RV) == pytest.approx(person.rv_ef, abs=0.05)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_muscle_keeps_its_volume_over_the_cycle(worlds: dict[str, World], subject: str) -> None:
    volume = worlds[subject].volume_ml(labels.MYO)
    assert np.abs(volume / volume.mean() - 1).max() < 0.02


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_mitral_valve_descends_and_the_tricuspid_valve_further_in_the_healthy(
    worlds: dict[str, World], subject: str
) -> None:
    beat = worlds[subject].beat
    descent, right = (float(np.ptp(valve)) for valve in (beat.base_mm, beat.rv_base_mm))
    assert (beat.base_mm >= beat.base_mm[worlds[subject].es]).all()
    assert 0 < descent < 20
    if subject.startswith("NOR"):
        assert 7.5 <= descent <= 17 and right > descent


@pytest.mark.parametrize("subject", SUBJECTS)
def test_in_every_slice_a_structure_is_one_piece_and_the_lv_lies_in_its_wall(
    worlds: dict[str, World], subject: str
) -> None:
    cross = ndimage.generate_binary_structure(2, 1)
    for frame in worlds[subject].truth:
        for plane in frame:
            rim = ndimage.binary_dilation(plane == labels.LV, cross) & (plane != labels.LV)
            assert set(np.unique(plane[rim])) <= {labels.MYO}
            ring = np.isin(plane, (labels.LV, labels.MYO))
            assert (ndimage.binary_fill_holes(ring) == ring).all()
            assert ndimage.label(plane == labels.LV, cross)[1] <= 1 and ndimage.label(ring, cross)[1] <= 1
            assert ndimage.label(plane == labels.RV, np.ones((3, 3)))[1] <= 1
        for label in labels.STRUCTURES.values():
            held = np.flatnonzero((frame == label).any(axis=(1, 2)))
            assert len(held) == held[-1] - held[0] + 1  # no slice is skipped


@pytest.mark.parametrize("subject", SUBJECTS)
def test_in_space_the_lv_never_touches_the_rv(worlds: dict[str, World], subject: str) -> None:
    cross = ndimage.generate_binary_structure(3, 1)
    for frame in worlds[subject].fine[[0, worlds[subject].es]]:
        rim = ndimage.binary_dilation(frame == labels.LV, cross)
        assert not (frame[rim] == labels.RV).any()
        assert ndimage.label(frame == labels.LV, cross)[1] == 1


def test_groups_differ_as_their_definitions_say(worlds: dict[str, World]) -> None:
    def of(group: str, measure: Callable[[World], float]) -> np.ndarray:
        return np.array([measure(world) for name, world in worlds.items() if name.startswith(group)])

    def lv_ef(world: World) -> float:
        return world.ejection_fraction(labels.LV)

    def indexed_ml(label: int) -> Callable[[World], float]:
        return lambda world: float(world.volume_ml(label)[0]) / world.person.body_area_m2

    assert of("NOR", lv_ef).min() > 0.5 and of("HCM", lv_ef).min() > 0.55 and of("ARV", lv_ef).min() > 0.45
    assert of("DCM", lv_ef).max() < 0.4 and of("MINF", lv_ef).max() < 0.4
    assert of("DCM", indexed_ml(labels.LV)).min() > 100 > 90 > of("NOR", indexed_ml(labels.LV)).max()
    assert of("ARV", indexed_ml(labels.RV)).min() > of("NOR", indexed_ml(labels.RV)).max()
    assert of("HCM", lambda w: float(w.wall_mm().max())).min() > 15
    assert of("NOR", lambda w: float(w.wall_mm().mean())).max() < 12


def test_an_infarct_stays_where_it_is_while_the_wall_opposite_works(worlds: dict[str, World]) -> None:
    world = worlds["MINF-001"]
    lesion = world.person.lesion
    row = np.abs(anatomy.HEIGHTS - lesion.height).argmin()
    moved = 1 - world.beat.endocardium[world.es, row] / world.beat.endocardium[0, row]
    turn = np.abs((anatomy.ANGLE_RAD - lesion.angle_rad + np.pi) % (2 * np.pi) - np.pi)
    assert abs(moved[turn.argmin()]) < 0.05 and moved[turn.argmax()] > 0.10


@pytest.mark.parametrize("frames", [4, 9, 30, 50])
def test_contraction_rises_once_and_falls_once(frames: int) -> None:
    curve = motion.contraction_curve(frames, 0.37, 0.2)
    es = motion.es_frame(frames, 0.37)
    assert curve[0] == 0 and curve[es] == pytest.approx(1)
    assert (np.diff(curve[: es + 1]) > 0).all() and (np.diff(curve[es:]) < 0).all() and curve[-1] > 0


def test_material_is_where_it_was_at_end_diastole_and_comes_from_inside_the_wall_later(
    worlds: dict[str, World],
) -> None:
    world = worlds["NOR-001"]
    grid = views.volume(world.person, pixel_mm=2.0, spacing_mm=2.0, shape_zyx=(40, 64, 64))
    points = world.body.heart.look(*world.body.in_heart(*grid.points(20, CPU)), slice(0, FRAMES))
    wall = (points.inside("epicardium") > 0) & (points.inside("endocardium") < 0) & (points.above_mm < 0)
    x, y, z = world.body.heart.material_mm(points, wall)
    at_ed = wall[0].sum()
    apart = torch.stack([x - points.x_mm[wall], y - points.y_mm[wall]])[:, :at_ed]
    assert apart.abs().max() < 1.0  # the tables' cell is 1 mm and 2 degrees
    frame = wall.nonzero()[:, 0]
    radius = torch.hypot(x, y)[frame == world.es]
    there = world.heart.epicardium.max(), world.heart.endocardium[anatomy.HEIGHTS > 0.2].min()
    assert radius.max() < there[0] + 0.5 and radius.min() > there[1] - 0.5
    assert (z[frame == world.es] > 0).all()


# Signal and pictures


def test_steady_state_signal_of_long_relaxation_at_its_best_angle_is_half_the_density() -> None:
    water = signal.Tissue(t1_ms=2000, t2_ms=2000, density=1.0)
    # Scheffler & Lehnhardt 2003: with T1 = T2 and a flip angle of 90 degrees half of M0 is seen, whatever the TR.
    assert signal.bssfp(water, math.pi / 2, tr_ms=3, te_ms=0) == pytest.approx(0.5, abs=0.002)
    assert signal.bssfp(water, math.pi / 2, te_ms=100) == pytest.approx(0.5 * math.exp(-100 / 2000), abs=0.002)


def test_blood_is_brighter_than_muscle_and_noise_is_in_every_frame(worlds: dict[str, World]) -> None:
    world = worlds["NOR-001"]
    blood, muscle = (world.image[world.truth == label].mean() for label in (labels.LV, labels.MYO))
    assert blood > 1.5 * muscle
    assert (world.image[0, 0] != world.image[1, 0]).mean() > 0.5


def test_chunks_of_frames_change_no_label_and_no_picture(worlds: dict[str, World]) -> None:
    world = worlds["ARV-001"]
    scanner = acquisition.Scanner(noise=0.0, blur_mm=1.0, gain=400, coils=(0, 0, 0, 0, 1, 1))
    one, all_at_once = (
        acquisition.acquire(world.body, world.grid, scanner, FRAMES, torch.Generator(), chunk=chunk)
        for chunk in (1, FRAMES)
    )
    assert torch.equal(one[1], all_at_once[1])
    assert (one[0] - all_at_once[0]).abs().max() <= 1


def test_blurring_keeps_the_mean_and_the_noise_that_was_asked_for() -> None:
    scanner = acquisition.Scanner(noise=0.03, blur_mm=1.0, gain=1000, coils=(0, 0, 0, 0, 1, 1))
    flat = torch.ones(40, 64, 64)
    received = acquisition.receive(flat, scanner, 1.0, torch.Generator().manual_seed(0)).float()
    assert received.mean() == pytest.approx(1000, rel=0.01)
    assert received[:, 4:-4, 4:-4].std() == pytest.approx(30, rel=0.05)


def test_a_breath_moves_a_slice_with_everything_in_it(worlds: dict[str, World]) -> None:
    from dataclasses import replace

    world = worlds["NOR-002"]
    middle = world.grid.shape_zyx[0] // 2
    shift = np.zeros_like(world.grid.shift_mm)
    moved = shift.copy()
    moved[middle] = (3 * world.grid.pixel_mm, 2 * world.grid.pixel_mm, 0)
    scanner = acquisition.Scanner(noise=0.0, blur_mm=1.0, gain=400, coils=(0, 0, 0, 0, 0, 0))
    pictures = [
        acquisition.acquire(world.body, replace(world.grid, shift_mm=s), scanner, 1, torch.Generator())
        for s in (shift, moved)
    ]
    for still, shifted in zip(*pictures, strict=True):
        inner = still[0, middle, 10:-10, 10:-10].int()
        same = shifted[0, middle, 12:-8, 13:-7].int()
        assert ((inner - same).abs() <= 2).float().mean() > 0.995
    assert torch.equal(pictures[0][1][0, middle - 1], pictures[1][1][0, middle - 1])


# Tables


def test_along_an_axis_values_are_interpolated_and_constant_beyond_the_ends() -> None:
    z = torch.tensor([[0.0, 1.0, 3.0]])
    table = torch.tensor([[[0.0], [10.0], [30.0]]])
    wanted = torch.tensor([-1.0, 0.5, 2.0, 9.0])
    expected = torch.tensor([0.0, 5.0, 20.0, 30.0])
    assert torch.allclose(Along(z, wanted)(table)[0, :, 0], expected)
    assert torch.allclose(along_each(table, z[..., None], wanted[None, :, None])[0, :, 0], expected)


def test_a_turn_moves_values_to_larger_angles() -> None:
    table = torch.zeros(1, 1, 1, 8)
    table[..., 2] = 1
    cell = 2 * math.pi / 8
    assert turned(table, torch.full((1, 1), cell)).flatten().argmax() == 3
    assert turned(table, torch.full((1, 1), -3 * cell)).flatten().argmax() == 7
    half = turned(table, torch.full((1, 1), cell / 2)).flatten()
    assert torch.allclose(half[2:4], torch.tensor([0.5, 0.5]), atol=1e-5)


# The population


def test_the_population_follows_the_criteria_of_its_groups() -> None:
    for group in population.GROUPS:
        for number in range(1, 200):
            name = f"{group}-{number:03d}"
            person = population.draw(name, population.generator(0, "phantom", "person", name))
            stroke = person.rv_ef * person.rv_edv_ml / (person.lv_ef * person.lv_edv_ml)
            assert 0.7 < stroke < 1.75
            assert max(map(abs, person.offset_mm)) <= 12
            index = person.lv_edv_ml / person.body_area_m2
            if group == "DCM":
                assert person.lv_ef < 0.4 and index > 100
            if group == "MINF":
                assert person.lv_ef < 0.4 and person.akinesia > 0.9
            if group == "ARV":
                assert person.rv_ef < 0.4 or person.rv_edv_ml / person.body_area_m2 > 100
            if group == "NOR":
                assert person.lv_ef > 0.5 and person.rv_ef > 0.4 and index < (90 if person.sex == "M" else 80)
            if group == "HCM":
                assert person.lv_ef > 0.55


# The files


def test_same_name_and_seed_give_the_same_bytes(generated: tuple[Adapter, list[Path]], tmp_path: Path) -> None:
    _, files = generated
    again = adapter(tmp_path).generate("HCM-001")
    assert digest(files) == digest(list(again))


def test_a_subject_does_not_depend_on_how_many_there_are(generated: tuple[Adapter, list[Path]], tmp_path: Path) -> None:
    larger = adapter(tmp_path, subjects_per_group=2)
    larger.generate("HCM-002")
    assert digest(generated[1]) == digest(list(larger.generate("HCM-001")))


def test_another_seed_gives_other_bytes(generated: tuple[Adapter, list[Path]], tmp_path: Path) -> None:
    other = Adapter(Settings(**SMALL), tmp_path, "phantom", seed=4).generate("HCM-001")
    assert digest(generated[1])["truth.nii.gz"] != digest(list(other))["truth.nii.gz"]


def test_generating_again_replaces_the_subject_and_leaves_nothing_else(tmp_path: Path) -> None:
    cohort = adapter(tmp_path, frames=(4, 4))
    (tmp_path / "NOR-001").mkdir()
    (tmp_path / "NOR-001" / "old.IMA").write_bytes(b"old")
    files = cohort.generate("NOR-001")
    assert [path.name for path in tmp_path.iterdir()] == ["NOR-001"]
    assert files == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert "old.IMA" not in {path.name for path in files}


def test_a_failed_write_leaves_the_old_subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardioprior.cohorts.phantom import dicom_files

    def fail(*_: object) -> None:
        raise OSError("disk full")

    (tmp_path / "NOR-001").mkdir()
    monkeypatch.setattr(dicom_files, "write_volume", fail)
    with pytest.raises(OSError, match="disk full"):
        adapter(tmp_path, frames=(4, 4)).generate("NOR-001")
    assert [path.name for path in tmp_path.iterdir()] == ["NOR-001"]


def test_a_file_is_a_classic_siemens_slice_with_contours_at_ed_and_es_only(
    generated: tuple[Adapter, list[Path]],
) -> None:
    import pydicom

    datasets = [pydicom.dcmread(path) for path in generated[1] if path.suffix == ".IMA"]
    drawn: dict[int, set[int]] = {}
    for d in datasets:
        assert d.Modality == "MR" and d.Manufacturer == "SIEMENS" and d.pixel_array.shape == (96, 96)
        assert float(d.SliceThickness) == 7 and float(d.SpacingBetweenSlices) == 10
        assert d.SOPInstanceUID.is_valid and len(d.SOPInstanceUID) <= 64
        groups = {element.tag.group for element in d if 0x6000 <= element.tag.group <= 0x601E}
        drawn.setdefault(int(d.InstanceNumber) - 1, set()).update(groups)
    with_contours = {frame: groups for frame, groups in drawn.items() if groups}
    assert with_contours.pop(0) == {0x6000, 0x6002, 0x6004}
    assert list(with_contours.values()) == [{0x6000, 0x6004}]
    assert len({d.SOPInstanceUID for d in datasets}) == len(datasets)
    first = sorted((d for d in datasets if d.InstanceNumber == 1), key=lambda d: d.SeriesNumber)
    heights = [float(d.SliceLocation) for d in first]
    assert heights != sorted(heights) and heights != sorted(heights, reverse=True)


def test_the_reader_gives_back_truth_facts_and_geometry(generated: tuple[Adapter, list[Path]]) -> None:
    pytest.importorskip("cardioprior.cohorts.siemens_overlays")
    from cardioprior.imaging.nifti import read_volume

    cohort, files = generated
    (subject,) = cohort.find()
    facts = json.loads(next(path for path in files if path.name == "subject.json").read_text())
    assert facts == {
        "subject": subject.id,
        "group": subject.group,
        "sex": subject.sex,
        "height_cm": subject.height_cm,
        "weight_kg": subject.weight_kg,
    }
    loaded = cohort.load(subject)
    view = loaded.views["sax"]
    truth = read_volume(next(path for path in files if path.name == "truth.nii.gz"))
    assert view.image.data.shape == truth.data.shape
    np.testing.assert_allclose(view.image.affine, truth.affine, atol=1e-3)
    assert np.linalg.det(truth.affine[:3, :3]) > 0
    ed, es = view.annotation("ED"), view.annotation("ES")
    assert ed is not None and es is not None and loaded.findings == ()
    volume = (truth.data == labels.LV).sum(axis=(1, 2, 3))
    assert ed.frame == volume.argmax() == 0 and es.frame == volume.argmin()
    assert ed.structures == ("LV", "MYO", "RV") and es.structures == ("LV", "RV")
    for annotation in (ed, es):
        for name in annotation.structures:
            drawn, true = (
                annotation.labels == labels.STRUCTURES[name],
                truth.data[annotation.frame] == labels.STRUCTURES[name],
            )
            assert 2 * (drawn & true).sum() / (drawn.sum() + true.sum()) >= 0.98


# Views and the flavours without DICOM


PAIRED = SMALL | {
    "groups": ("NOR",),
    "phases": "ed",
    "files": "nifti",
    "views": {
        "hr": {"shape_zyx": (56, 96, 96), "pixel_mm": 1.6, "spacing_mm": 2.0},
        "lr": STACK | {"pixel_mm": (1.6, 1.6), "thickness_mm": 8.0, "gap_mm": 2.0, "breathing_mm": 0.0},
        "la4ch": {"matrix": 96, "pixel_mm": 1.6, "thickness_mm": 6.0},
    },
}


def test_the_views_of_one_heart_agree_in_space(tmp_path: Path) -> None:
    cohort = Adapter(Settings(**PAIRED), tmp_path, "paired", seed=3)
    cohort.generate("NOR-001")
    (subject,) = cohort.find()
    loaded = cohort.load(subject)
    assert set(loaded.views) == {"hr", "lr", "la4ch"} and subject.group == "NOR"
    hr = loaded.views["hr"]
    truth = hr.annotation("ED")
    assert truth is not None and truth.structures == ("LV", "MYO", "RV") and len(hr.annotations) == 1
    for role in ("lr", "la4ch"):
        view = loaded.views[role]
        drawn = view.annotation("ED")
        assert drawn is not None
        z, y, x = np.nonzero(drawn.labels == labels.LV)
        lps = view.image.affine @ np.stack([x, y, z, np.ones_like(x)]).astype(float)
        place = np.rint(np.linalg.solve(hr.image.affine, lps))[:3].astype(int)
        inside = ((place >= 0) & (truth.labels.shape[::-1] > place.T).T).all(axis=0)
        found = truth.labels[tuple(place[::-1, inside])]
        assert (found == labels.LV).mean() > 0.93


def test_the_apex_is_at_the_top_of_the_four_chamber_plane_and_the_rv_on_its_left(tmp_path: Path) -> None:
    cohort = Adapter(Settings(**PAIRED), tmp_path, "paired", seed=3)
    drawn = cohort.scan("NOR-001").pictures["la4ch"].labels[0, 0]
    rows, columns = (np.nonzero(drawn == label) for label in (labels.LV, labels.RV))
    assert columns[1].mean() < rows[1].mean()
    wall_rows = np.flatnonzero((drawn == labels.MYO).any(axis=1))
    assert (drawn[wall_rows[0]] == labels.LV).sum() == 0 < (drawn[wall_rows[-4]] == labels.LV).sum()


def test_breaths_are_known_and_are_where_slices_lie_beside_those_of_one_breath_hold(tmp_path: Path) -> None:
    found = {}
    for breathing_mm in (0.0, 3.0):
        lr = PAIRED["views"]["lr"] | {"breathing_mm": breathing_mm}
        cohort = Adapter(Settings(**PAIRED | {"views": {"lr": lr}}), tmp_path / str(breathing_mm), "paired", seed=3)
        cohort.generate("NOR-001")
        (subject,) = cohort.find()
        found[breathing_mm] = cohort.load(subject).views["lr"]
    still, moved = found[0.0], found[3.0]
    assert still.slice_shift_mm == () and len(moved.slice_shift_mm) == moved.image.shape_zyx[0]
    places = [
        [
            np.argwhere(np.isin(slice_, (labels.LV, labels.MYO))).mean(axis=0)
            for slice_ in view.annotation("ED").labels[3:7]
        ]
        for view in (still, moved)
    ]
    measured_mm = 1.6 * (np.array(places[1]) - np.array(places[0]))
    shift_mm = np.array(moved.slice_shift_mm[3:7])
    assert np.abs(shift_mm).max() > 5
    assert np.abs(measured_mm - shift_mm).max() < 1.5  # of a heart that also moves through the plane


def test_ed_and_es_alone_are_two_frames_of_a_longer_cycle(tmp_path: Path) -> None:
    cohort = adapter(tmp_path, files="nifti", phases="ed_es", groups=("DCM",))
    cohort.generate("DCM-001")
    (subject,) = cohort.find()
    loaded = cohort.load(subject)
    view = loaded.views["sax"]
    ed, es = view.annotation("ED"), view.annotation("ES")
    assert ed is not None and es is not None and view.cycle_length == 12
    assert view.frame_numbers == (0, loaded.subject.es_frame) and view.image.data.shape[0] == 2
    assert (ed.labels == labels.LV).sum() > (es.labels == labels.LV).sum()


def test_some_subjects_have_few_frames(tmp_path: Path) -> None:
    cohort = adapter(
        tmp_path,
        files="nifti",
        phases="ed",
        frames=(30, 30),
        subjects_per_group=3,
        some_frames={"share": 0.5, "frames": (14, 20)},
    )
    lengths = {cohort.scan(subject).cycle.length for subject in cohort.subject_ids()}
    assert 30 in lengths and len(lengths) > 1 and all(n == 30 or 14 <= n <= 20 for n in lengths)


def test_damaged_facts_are_one_subjects_fault(tmp_path: Path) -> None:
    from cardioprior.errors import SubjectError

    cohort = adapter(tmp_path, files="nifti", phases="ed", groups=("NOR",))
    cohort.generate("NOR-001")
    facts = tmp_path / "NOR-001" / "subject.json"
    facts.write_text(facts.read_text()[:40])
    (subject,) = cohort.find()
    with pytest.raises(SubjectError, match=r"subject\.json"):
        cohort.load(subject)


# The configuration


def test_ids_name_the_groups_and_are_sorted(tmp_path: Path) -> None:
    ids = adapter(tmp_path, subjects_per_group=2, groups=("NOR", "ARV")).subject_ids()
    assert list(ids) == ["ARV-001", "ARV-002", "NOR-001", "NOR-002"]


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": (30, 20)},
        {"views": {"sax": STACK | {"matrix": 8}}},
        {"frames": (2, 3)},
        {"colour": "red"},
        {"groups": ("NOR", "XYZ")},
        {"views": {}},
        {"phases": "ed"},
        {"views": {"hr": {"shape_zyx": (56, 96, 96), "pixel_mm": 1.6, "spacing_mm": 2.0}}},
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**(SMALL | changes))
