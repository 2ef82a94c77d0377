"""MESA's shape model in miniature, half ellipsoids that one mode makes longer; and the real one where it is at hand."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from cardioprior import registry
from cardioprior.cohorts.contract import LoadedSubject
from cardioprior.cohorts.mesa_lv import Adapter
from cardioprior.errors import CardioPriorError
from cardioprior.imaging.labels import LV, MYO
from cardioprior.onboarding.checks import check
from tests.unit.cohorts.nifti_world import load

RINGS, COLUMNS = 31, 24
#: radius and length below the base, mm, of the mean; one unit of the first mode makes an LV 10 mm longer, the second
#: does nothing
ENDO, EPI = (25.0, 60.0), (34.0, 68.0)
LONGER_MM = 10.0
SCORES = {"ED": [[0.0, 5.0], [1.0, 0.0], [-1.0, 3.0]], "ES": [[-2.0, 0.0], [0.0, 1.0], [-1.5, 1.0]]}


def surface(radius: float, length: float) -> np.ndarray:
    """Points (rings, columns + 1, 3), apex first, the last column the first again: x to the apex, y to the septum."""
    angle = np.linspace(0, np.pi / 2, RINGS)[:, None]  # from the apex to the base
    around = np.linspace(0, 2 * np.pi, COLUMNS + 1)[None]
    across = radius * np.sin(angle)
    x = np.broadcast_to(length * np.cos(angle), (RINGS, COLUMNS + 1))
    return np.stack([x, across * np.cos(around), across * np.sin(around)], axis=-1)


def triangles(first: int) -> np.ndarray:
    """Of a surface's lattice, corners counted from `first`."""
    index = np.arange(RINGS * (COLUMNS + 1)).reshape(RINGS, COLUMNS + 1) + first
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    return np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, c, b), (b, c, d))]).astype(np.uint16)


def write(root: Path, **changed: np.ndarray) -> Path:
    mean = np.stack([surface(*ENDO), surface(*EPI)])
    longer = np.stack([surface(0, LONGER_MM)] * 2)
    points = RINGS * (COLUMNS + 1)
    for phase, scores in SCORES.items():
        about = {
            "MEAN": mean.ravel(),
            "COEFF": np.column_stack([longer.ravel(), 0 * longer.ravel()]),
            "SCORE": np.array(scores),
        } | changed
        savemat(root / f"PCA_{phase}.mat", {f"PCA_{phase}": about})
    savemat(root / "SurfaceFaces.mat", {"Face": {"Endo": triangles(1), "Epi": triangles(1 + points)}})
    return root


def half_ellipsoid_ml(radius: float, length: float) -> float:
    """Of the surface's polygons: an even number of columns takes the area of a ring's circle down."""
    polygon = COLUMNS / 2 * np.sin(2 * np.pi / COLUMNS) / np.pi
    return 2 / 3 * np.pi * radius**2 * length * polygon / 1000


def volumes_ml(loaded: LoadedSubject, phase: str) -> tuple[float, float]:
    view = loaded.views["hr"]
    labels = view.annotation(phase).labels
    return tuple(float((labels == value).sum()) * view.image.voxel_volume_ml for value in (LV, MYO))


def test_cavity_and_wall_have_the_volumes_of_the_surfaces_by_subject_and_phase(tmp_path: Path) -> None:
    write(tmp_path)
    for number in range(3):
        loaded = load("mesa_lv", tmp_path, f"MESA-{number + 1:04d}")
        for phase in ("ED", "ES"):
            more = LONGER_MM * SCORES[phase][number][0]
            cavity = half_ellipsoid_ml(ENDO[0], ENDO[1] + more)
            whole = half_ellipsoid_ml(EPI[0], EPI[1] + more)
            lv, myo = volumes_ml(loaded, phase)
            for found, true, radius in ((lv, cavity, ENDO[0]), (lv + myo, whole, EPI[0])):
                half_slice_ml = np.pi * radius**2 / 1000  # at the base, of 2 mm
                assert found == pytest.approx(true, abs=half_slice_ml + 0.005 * true)


def test_slices_rise_from_the_apex_to_the_base_and_rows_run_away_from_the_septum(tmp_path: Path) -> None:
    mean = np.stack([surface(*ENDO), surface(*EPI)])
    mean[..., 1] += np.where(mean[..., 1] > 0, 0.3, 0) * mean[..., 1]  # wider on the septum's side
    mean[..., 2] *= np.where(mean[..., 2] > 0, 0.6, 1)  # flat on the inferior side
    loaded = load("mesa_lv", write(tmp_path, MEAN=mean.ravel()), "MESA-0001")
    view = loaded.views["hr"]
    labels = view.annotation("ED").labels
    areas = (labels > 0).sum(axis=(1, 2))
    held = np.flatnonzero(areas)
    assert areas[held[1]] < areas[held[-2]] / 4
    z, y, x = np.nonzero(labels)
    lps = view.image.affine @ np.stack([x, y, z, np.ones_like(x)])
    assert abs(lps[0].min()) > 1.1 * lps[0].max() and lps[1].max() < 0.75 * abs(lps[1].min())
    assert view.image.spacing_mm == (2.0, 1.25, 1.25)


def test_no_wall_lies_over_the_cavity_at_the_base(tmp_path: Path) -> None:
    mean = np.stack([surface(*ENDO), surface(*EPI)])
    mean[1, -1, :, 0] -= 6.0  # the epicardium's rim lies 6 mm farther out
    labels = load("mesa_lv", write(tmp_path, MEAN=mean.ravel()), "MESA-0001").views["hr"].annotation("ED").labels
    middle = np.argwhere(labels == LV)[:, 1:].mean(axis=0).round().astype(int)
    column = labels[:, middle[0], middle[1]]
    assert column[np.flatnonzero(column)[-1]] == LV


def test_lv_and_wall_alone_are_annotated_and_nothing_is_wrong_with_the_subject(tmp_path: Path) -> None:
    loaded = load("mesa_lv", write(tmp_path), "MESA-0001")
    view = loaded.views["hr"]
    assert {a.phase: (a.frame, a.structures) for a in view.annotations} == {
        "ED": (0, ("LV", "MYO")), "ES": (1, ("LV", "MYO"))
    }  # fmt: skip
    assert (loaded.subject.id, loaded.subject.group) == ("MESA-0001", "ASYMP")
    assert check(loaded) == ()
    assert np.array_equal(view.image.data > 0, np.stack([a.labels > 0 for a in view.annotations]))


def test_as_many_subjects_are_found_as_were_asked_for(tmp_path: Path) -> None:
    write(tmp_path)
    for asked, ids in ((2, 2), (None, 3), (9, 3)):
        settings = Adapter.Settings(adapter="mesa_lv", root=tmp_path, subjects=asked)
        found = Adapter(settings, tmp_path, "mine", 0).find()
        assert [subject.id for subject in found] == [f"MESA-{n + 1:04d}" for n in range(ids)]


def test_the_layout_is_recognised(tmp_path: Path) -> None:
    from cardioprior.onboarding.recognition import recognise

    assert recognise(write(tmp_path)).adapter == "mesa_lv"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"COEFF": np.zeros((10, 2))}, r"PCA_ED.mat: MEAN .* COEFF \(10, 2\) and SCORE .* do not fit"),
        ({"SCORE": np.zeros((3, 4))}, r"PCA_ED.mat: .*SCORE \(3, 4\) do not fit"),
    ],
)
def test_arrays_that_do_not_fit_are_a_sentence(tmp_path: Path, changed: dict, sentence: str) -> None:
    with pytest.raises(CardioPriorError, match=sentence):
        load("mesa_lv", write(tmp_path, **changed), "MESA-0001")


def test_a_file_that_is_another_is_a_sentence_that_says_what_is_wanted(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "PCA_ES.mat").write_bytes(b"not a matrix")
    with pytest.raises(CardioPriorError, match=r"PCA_ES.mat: holds no PCA_ES .*wanted PCA_ED.mat, PCA_ES.mat and Surf"):
        load("mesa_lv", tmp_path, "MESA-0001")


def test_triangles_of_other_surfaces_are_a_sentence(tmp_path: Path) -> None:
    write(tmp_path)
    savemat(tmp_path / "SurfaceFaces.mat", {"Face": {"Endo": triangles(1), "Epi": triangles(5)}})
    with pytest.raises(CardioPriorError, match=r"SurfaceFaces.mat: triangles of endocardium and epicardium differ"):
        load("mesa_lv", tmp_path, "MESA-0001")


@pytest.fixture
def real() -> Path:
    default = Path(__file__).parents[4] / "shared" / "data"
    path = Path(os.environ.get("CMR_TEST_DATA", default)) / "mesa_lv_shape_model"
    if not path.is_dir():
        pytest.skip(f"MESA's shape model is not at {path}; set CMR_TEST_DATA to the folder that holds it")
    return path


def test_of_the_real_model_ef_is_that_of_the_table_of_the_same_people(real: Path) -> None:
    text = (real / "clinical_index.csv").read_bytes().decode().replace("\r\n", "\n").replace("\r", "\n")
    known = [row for row in csv.DictReader(io.StringIO(text)) if row["Group"] == "ASYMP"]
    adapter = registry.entry("cohorts", "mesa_lv")
    cohort = adapter(adapter.Settings(adapter="mesa_lv", root=real), real, "mesa", 0)
    subjects = cohort.find()
    assert len(subjects) == len(known) == 1991
    found, stated, index = [], [], []
    for number in range(0, 1991, 100):
        loaded = cohort.load(subjects[number])
        edv, esv = (volumes_ml(loaded, phase)[0] for phase in ("ED", "ES"))
        found.append(100 * (1 - esv / edv))
        stated.append(float(known[number]["EF"]))
        index.append(edv / float(known[number]["EDVI"]))
    assert np.abs(np.subtract(found, stated)).mean() < 3
    assert np.corrcoef(found, stated)[0, 1] > 0.9
    assert np.min(index) > 1.4 and np.max(index) < 2.6  # body surface area in square metres
