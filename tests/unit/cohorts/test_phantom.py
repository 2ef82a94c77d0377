"""The phantom's anatomy, motion, files and reproducibility, on small pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import ndimage

from cardioprior.cohorts.phantom import Adapter, Settings, anatomy, motion, population, signal, stack
from cardioprior.imaging import labels

SMALL = {
    "adapter": "phantom",
    "subjects_per_group": 1,
    "frames": (12, 12),
    "slices": (8, 14),
    "pixel_spacing_mm": (2.0, 2.2),
    "matrix": 96,
    "slice_thickness_mm": 7.0,
    "slice_gap_mm": 3.0,
}
SUBJECTS = [f"{group}-{number:03d}" for group in population.GROUPS for number in (1, 2)]


def adapter(root: Path, **changes: object) -> Adapter:
    return Adapter(Settings(**(SMALL | changes)), root, "phantom", seed=3)


def digest(paths: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


class World:
    """A subject in memory, without files."""

    def __init__(self, subject: str, frames: int = 16, pixel_mm: float = 1.8, matrix: int = 112) -> None:
        def rng(purpose: str) -> np.random.Generator:
            return population.generator(7, "phantom", purpose, subject)

        self.person = population.draw(subject, rng("person"))
        self.stack = stack.plan(
            self.person,
            rng("stack"),
            matrix=matrix,
            pixel_mm=(pixel_mm, pixel_mm),
            slices=(6, 20),
            frames=(frames, frames),
            thickness_mm=7,
            gap_mm=3,
        )
        self.heart = anatomy.build(self.person)
        self.beat = motion.beat(self.heart, frames)
        self.image, self.truth = signal.render(self.person, self.beat, self.stack, rng("signal"))
        self.es = motion.es_frame(frames, self.person.es_fraction)

    def volume_ml(self, label: int) -> np.ndarray:
        voxel_ml = self.stack.pixel_mm**2 * self.stack.spacing_mm / 1000
        return (self.truth == label).sum(axis=(1, 2, 3)) * voxel_ml

    def ejection_fraction(self, label: int) -> float:
        volume = self.volume_ml(label)
        return 1 - volume[self.es] / volume[0]

    def wall_mm(self) -> np.ndarray:
        """ED wall thickness at heights of the middle two thirds and at all angles."""
        heights = np.linspace(0.25, 0.9, 12)
        return self.heart.epicardium_mm(heights) - self.heart.endocardium_mm(heights)


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
    world = worlds[subject]
    assert world.volume_ml(labels.LV)[0] == pytest.approx(world.person.lv_edv_ml, rel=0.12)
    assert world.volume_ml(labels.RV)[0] == pytest.approx(world.person.rv_edv_ml, rel=0.15)
    assert world.ejection_fraction(labels.LV) == pytest.approx(world.person.lv_ef, abs=0.09)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_muscle_keeps_its_volume_over_the_cycle(worlds: dict[str, World], subject: str) -> None:
    world = worlds[subject]
    volume = world.volume_ml(labels.MYO)
    assert np.abs(volume / volume.mean() - 1).max() < 0.15  # slices of 10 mm gain or lose one at the base
    inner, outer, _ = world.beat.radii_mm(np.linspace(-15, world.person.lv_length_mm + 5, 300))
    exact = (outer**2 - inner**2).mean(axis=2).sum(axis=1)
    assert np.abs(exact / exact[0] - 1).max() < 0.02


@pytest.mark.parametrize("subject", SUBJECTS)
def test_in_every_slice_a_structure_is_one_piece_and_the_lv_lies_in_its_wall(
    worlds: dict[str, World], subject: str
) -> None:
    cross = ndimage.generate_binary_structure(2, 1)
    for frame in worlds[subject].truth:
        for plane in frame:
            rim = ndimage.binary_dilation(plane == labels.LV, cross) & (plane != labels.LV)
            assert set(np.unique(plane[rim])) <= {labels.MYO}
            assert all(ndimage.label(plane == label, cross)[1] <= 1 for label in labels.STRUCTURES.values())
        for label in labels.STRUCTURES.values():
            held = np.flatnonzero((frame == label).any(axis=(1, 2)))
            assert len(held) == held[-1] - held[0] + 1  # no slice is skipped


def test_groups_differ_as_their_definitions_say(worlds: dict[str, World]) -> None:
    def of(group: str, measure: Callable[[World], float]) -> np.ndarray:
        return np.array([measure(world) for name, world in worlds.items() if name.startswith(group)])

    def lv_ef(world: World) -> float:
        return world.ejection_fraction(labels.LV)

    def lv_edv(world: World) -> float:
        return world.volume_ml(labels.LV)[0]

    def rv_ef(world: World) -> float:
        return world.ejection_fraction(labels.RV)

    def rv_edv(world: World) -> float:
        return world.volume_ml(labels.RV)[0]

    assert of("NOR", lv_ef).min() > 0.5 and of("HCM", lv_ef).min() > 0.55 and of("ARV", lv_ef).min() > 0.45
    assert of("DCM", lv_ef).max() < 0.4 and of("MINF", lv_ef).max() < 0.4
    assert of("DCM", lv_edv).min() > max(of("NOR", lv_edv).max(), 180)
    assert of("ARV", rv_ef).max() < 0.4 and of("NOR", rv_ef).min() > 0.45
    assert of("ARV", rv_edv).min() > of("NOR", rv_edv).max()
    assert of("HCM", lambda w: w.wall_mm().max()).min() > 15
    assert of("NOR", lambda w: w.wall_mm().max()).max() < 13
    assert of("MINF", lambda w: w.wall_mm().min()).max() < of("NOR", lambda w: w.wall_mm().min()).min()


def test_an_infarct_stays_where_it_is_while_the_wall_opposite_works(worlds: dict[str, World]) -> None:
    world = worlds["MINF-001"]
    lesion = world.person.lesion
    inner, _, _ = world.beat.radii_mm(np.array([lesion.height * world.person.lv_length_mm]))
    moved = 1 - inner[world.es, 0] / inner[0, 0]
    turn = np.abs((anatomy.ANGLE_RAD - lesion.angle_rad + np.pi) % (2 * np.pi) - np.pi)
    assert abs(moved[turn.argmin()]) < 0.05 and moved[turn.argmax()] > 0.10


@pytest.mark.parametrize("frames", [4, 9, 30, 50])
def test_contraction_rises_once_and_falls_once(frames: int) -> None:
    curve = motion.contraction_curve(frames, 0.37, 0.2)
    es = motion.es_frame(frames, 0.37)
    assert curve[0] == 0 and curve[es] == pytest.approx(1)
    assert (np.diff(curve[: es + 1]) > 0).all() and (np.diff(curve[es:]) < 0).all() and curve[-1] > 0


def test_blood_is_brighter_than_muscle_and_noise_is_in_every_frame(worlds: dict[str, World]) -> None:
    world = worlds["NOR-001"]
    blood, muscle = (world.image[world.truth == label].mean() for label in (labels.LV, labels.MYO))
    assert blood > 1.5 * muscle
    assert (world.image[0, 0] != world.image[1, 0]).mean() > 0.5


def test_the_population_follows_the_criteria_of_its_groups() -> None:
    for group in population.GROUPS:
        for number in range(1, 200):
            name = f"{group}-{number:03d}"
            person = population.draw(name, population.generator(0, "phantom", "person", name))
            area_m2 = (person.height_cm * person.weight_kg / 3600) ** 0.5
            assert person.lv_ef * person.lv_edv_ml == pytest.approx(person.rv_ef * person.rv_edv_ml)
            assert max(map(abs, person.offset_mm)) <= 12
            if group == "DCM":
                assert person.lv_ef < 0.4 and person.lv_edv_ml / area_m2 > 100
            if group == "MINF":
                assert person.lv_ef < 0.4 and person.akinesia > 0.9
            if group == "ARV":
                assert person.rv_ef < 0.4
            if group in ("NOR", "HCM"):
                assert person.lv_ef > 0.5


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
    from cardioprior.cohorts.phantom import files

    def fail(*_: object) -> None:
        raise OSError("disk full")

    (tmp_path / "NOR-001").mkdir()
    monkeypatch.setattr(files, "write_volume", fail)
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


# The configuration


def test_ids_name_the_groups_and_are_sorted(tmp_path: Path) -> None:
    ids = adapter(tmp_path, subjects_per_group=2).subject_ids()
    assert list(ids) == [
        "ARV-001",
        "ARV-002",
        "DCM-001",
        "DCM-002",
        "HCM-001",
        "HCM-002",
        *[
            "MINF-001",
            "MINF-002",
            "NOR-001",
            "NOR-002",
        ],
    ]


@pytest.mark.parametrize("changes", [{"frames": (30, 20)}, {"matrix": 8}, {"frames": (2, 3)}, {"colour": "red"}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**(SMALL | changes))
