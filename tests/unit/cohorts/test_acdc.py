"""ACDC's layout: a miniature of it with all that can be wrong, and the data set itself where it is at hand."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from cardioprior.cohorts.acdc import Adapter, Settings
from cardioprior.cohorts.contract import LoadedSubject, View
from cardioprior.errors import SubjectError
from cardioprior.imaging import labels
from cardioprior.onboarding.checks import check

SHAPE_XYZ = (60, 50, 3)
ZOOMS = (1.5, 1.25, 10.0)
INFO = "ED: 1\nES: 4\nGroup: RV\nHeight: 170.5\nNbFrame: 10\nWeight: 80.0\n"
THEIRS = {"RV": 1, "MYO": 2, "LV": 3}


def write(path: Path, data: np.ndarray, zooms: tuple[float, ...] = ZOOMS) -> None:
    """As ACDC's files are: the affine says 1 mm, the zooms are right."""
    content = bytearray(nibabel.Nifti1Image(data, np.eye(4)).to_bytes())
    header = nibabel.Nifti1Header(bytes(content[:348]))
    header["pixdim"][1 : 1 + len(zooms)] = zooms  # only now: nibabel derives the zooms from the affine
    content[:348] = header.binaryblock
    path.write_bytes(gzip.compress(content))
    assert (np.diag(nibabel.load(path).affine) == 1).all() and nibabel.load(path).header.get_zooms()[:3] == zooms[:3]


def heart() -> np.ndarray:
    """Labels as ACDC numbers them: the LV a disc in its wall, the RV to the left of it."""
    x, y = np.mgrid[:60, :50]
    label = np.zeros(SHAPE_XYZ, np.uint8)
    label[(np.abs(x - 18) < 8) & (np.abs(y - 25) < 9)] = THEIRS["RV"]
    label[np.hypot(x - 36, y - 25) <= 12] = THEIRS["MYO"]
    label[np.hypot(x - 36, y - 25) <= 8] = THEIRS["LV"]
    return label


def picture(frame: int) -> np.ndarray:
    """A ramp, one brighter in every frame."""
    return (np.arange(np.prod(SHAPE_XYZ)).reshape(SHAPE_XYZ) + frame).astype(np.float32)


def patient(root: Path, name: str = "patient007", info: str | None = INFO) -> Path:
    """A patient of the miniature with ED in frame 1 and ES in frame 4."""
    folder = root / "training" / name
    folder.mkdir(parents=True)
    for number in (1, 4):
        write(folder / f"{name}_frame{number:02d}.nii.gz", picture(number - 1))
        write(folder / f"{name}_frame{number:02d}_gt.nii.gz", heart())
    if info is not None:
        (folder / "Info.cfg").write_text(info)
    return folder


def cohort(root: Path) -> Adapter:
    return Adapter(Settings(adapter="acdc", root=root), root, "acdc", 0)


def load(root: Path) -> LoadedSubject:
    adapter = cohort(root)
    (subject,) = adapter.find()
    return adapter.load(subject)


def view_of(root: Path) -> View:
    return load(root).views["sax"]


def fault(root: Path) -> SubjectError:
    with pytest.raises(SubjectError) as caught:
        load(root)
    return caught.value


# --- a sound patient


def test_a_patient_is_found_with_what_info_cfg_says_and_the_group_rv_is_named_arv(tmp_path) -> None:
    patient(tmp_path)
    (subject,) = cohort(tmp_path).find()
    assert (subject.id, subject.group, subject.height_cm, subject.weight_kg) == ("patient007", "ARV", 170.5, 80.0)
    assert (subject.ed_frame, subject.es_frame) == (0, 3)


def test_patients_are_sorted_wherever_they_lie_below_the_root(tmp_path) -> None:
    for part, name in (("b", "patient002"), ("a", "patient010"), ("c", "patient001")):
        patient(tmp_path / part, name)
    assert [subject.id for subject in cohort(tmp_path).find()] == ["patient001", "patient002", "patient010"]


@pytest.mark.parametrize("group", ["NOR", "DCM", "HCM", "MINF"])
def test_the_other_groups_keep_their_names(tmp_path, group: str) -> None:
    patient(tmp_path, info=INFO.replace("RV", group))
    assert cohort(tmp_path).find()[0].group == group


def test_the_spacing_is_that_of_the_zooms_though_the_affine_says_one_millimetre(tmp_path) -> None:
    patient(tmp_path)
    assert view_of(tmp_path).image.spacing_mm == pytest.approx((10.0, 1.25, 1.5))


def test_labels_are_mapped_to_ours_at_both_frames(tmp_path) -> None:
    patient(tmp_path)
    view = view_of(tmp_path)
    ours = {"RV": labels.RV, "MYO": labels.MYO, "LV": labels.LV}
    assert (ours["RV"], ours["LV"]) == (3, 1)
    for phase in ("ED", "ES"):
        annotation = view.annotation(phase)
        assert set(annotation.structures) == {"LV", "MYO", "RV"}
        for name, theirs in THEIRS.items():
            np.testing.assert_array_equal(annotation.labels == ours[name], (heart() == theirs).T)


def test_without_the_cine_the_image_is_ed_and_es_with_their_places_in_the_cycle(tmp_path) -> None:
    patient(tmp_path)
    view = view_of(tmp_path)
    assert (view.frame_numbers, view.cycle_length) == ((0, 3), 10)
    assert [(a.phase, a.frame) for a in view.annotations] == [("ED", 0), ("ES", 1)]
    for index, frame in enumerate((0, 3)):
        np.testing.assert_array_equal(view.image.data[index], picture(frame).T)


def test_with_the_cine_the_image_is_the_cycle_and_the_labels_lie_in_their_frames(tmp_path) -> None:
    folder = patient(tmp_path)
    cine = np.stack([picture(frame) for frame in range(10)], axis=-1)
    write(folder / "patient007_4d.nii.gz", cine, (*ZOOMS, 0.03))
    view = view_of(tmp_path)
    assert (view.frame_numbers, view.cycle_length) == (tuple(range(10)), 10)
    assert [(a.phase, a.frame) for a in view.annotations] == [("ED", 0), ("ES", 3)]
    np.testing.assert_array_equal(view.image.data[7], picture(7).T)


def test_a_sound_patient_has_nothing_to_remark(tmp_path) -> None:
    patient(tmp_path)
    assert check(load(tmp_path)) == ()


# --- faults


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def other_grid(path: Path) -> None:
    write(path, np.zeros((60, 50, 4), np.uint8))


def other_spacing(path: Path) -> None:
    write(path, heart(), (1.5, 1.25, 8.0))


def unknown_value(path: Path) -> None:
    label = heart()
    label[0, 0, 0] = 4
    write(path, label)


IMAGE, LABEL = "patient007_frame01.nii.gz", "patient007_frame04_gt.nii.gz"


@pytest.mark.parametrize(
    ("file", "damage", "code", "said"),
    [
        (IMAGE, truncate, "corrupt_file", "damaged gzip file"),
        (LABEL, truncate, "corrupt_file", "damaged gzip file"),
        (IMAGE, other_grid, "frame_grid", "shape (3, 50, 60) of 10 x 1.25 x 1.5 mm"),
        (LABEL, other_grid, "label_grid", "label (4, 50, 60) is not on the image grid (3, 50, 60)"),
        (LABEL, other_spacing, "label_grid", "is not the image's"),
        (LABEL, unknown_value, "unknown_label", "holds label values [4]; wanted 0 and [1, 2, 3] only"),
        ("Info.cfg", Path.unlink, "no_info", "is missing; wanted ACDC's file"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(
    tmp_path: Path, file: str, damage: Callable[[Path], None], code: str, said: str
) -> None:
    path = patient(tmp_path) / file
    damage(path)
    error = fault(tmp_path)
    assert error.code == code
    named = path if file != IMAGE or code != "frame_grid" else path.parent / "patient007_frame04.nii.gz"
    assert error.sentence.startswith(f"{named}: ") and said in error.sentence


def test_info_without_frames_is_named(tmp_path) -> None:
    folder = patient(tmp_path, info="Group: NOR\n")
    error = fault(tmp_path)
    assert error.code == "no_info"
    assert error.sentence == f"{folder / 'Info.cfg'}: names neither ED nor ES; wanted lines such as `ED: 1`"


def test_a_patient_without_the_images_named_is_told_which_were_wanted(tmp_path) -> None:
    folder = patient(tmp_path, info=INFO.replace("ED: 1", "ED: 2").replace("ES: 4", "ES: 5"))
    error = fault(tmp_path)
    assert error.code == "no_frames"
    wanted = "patient007_frame02.nii.gz, patient007_frame05.nii.gz"
    assert error.sentence == f"{folder}: has none of {wanted}; wanted the images of ED and ES"


def test_a_cine_that_ends_before_es_is_named(tmp_path) -> None:
    folder = patient(tmp_path)
    write(folder / "patient007_4d.nii.gz", np.stack([picture(t) for t in range(2)], axis=-1), (*ZOOMS, 0.03))
    error = fault(tmp_path)
    assert error.code == "frame_number" and "frame 4 is not in the cine of 2" in error.sentence


# --- what is lacking and can be lived with


@pytest.mark.parametrize(("phase", "number", "left"), [("ED", 1, "ES"), ("ES", 4, "ED")])
def test_a_frame_without_labels_makes_a_subject_without_that_annotation(tmp_path, phase, number, left) -> None:
    folder = patient(tmp_path)
    (folder / f"patient007_frame{number:02d}_gt.nii.gz").unlink()
    loaded = load(tmp_path)
    assert [a.phase for a in loaded.views["sax"].annotations] == [left]
    assert [finding.code for finding in check(loaded)] == [f"no_{phase.lower()}"]


def test_a_patient_without_any_labels_is_images_alone(tmp_path) -> None:
    folder = patient(tmp_path)
    for path in folder.glob("*_gt.nii.gz"):
        path.unlink()
    assert view_of(tmp_path).annotations == ()


@pytest.mark.parametrize("how", ["unnamed", "absent"])
def test_a_patient_without_es_has_ed_alone(tmp_path, how: str) -> None:
    folder = patient(tmp_path, info=INFO.replace("ES: 4\n", "") if how == "unnamed" else INFO)
    if how == "absent":
        for path in folder.glob("*frame04*"):
            path.unlink()
    loaded = load(tmp_path)
    assert loaded.views["sax"].frame_numbers == (0,)
    assert [a.phase for a in loaded.views["sax"].annotations] == ["ED"]
    (finding,) = check(loaded)
    assert (finding.status, finding.code) == ("warning", "no_es")


def test_a_folder_without_info_is_found_so_that_it_can_be_told(tmp_path) -> None:
    patient(tmp_path, "patient001")
    patient(tmp_path, "patient002", info=None)
    assert [subject.id for subject in cohort(tmp_path).find()] == ["patient001", "patient002"]


# --- the data set itself


@pytest.fixture(scope="module")
def acdc() -> Adapter:
    data = Path(os.environ.get("CMR_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "acdc"
    if not data.is_dir():
        pytest.skip(f"ACDC is not at {data}; set CMR_TEST_DATA to the folder that holds acdc/")
    return cohort(data)


def test_the_training_set_has_sixteen_patients_in_each_of_five_groups(acdc) -> None:
    subjects = acdc.find()
    assert len(subjects) == 80
    assert Counter(s.group for s in subjects) == dict.fromkeys(("NOR", "DCM", "HCM", "MINF", "ARV"), 16)


def test_patient090_is_the_one_whose_cine_does_not_start_at_ed(acdc) -> None:
    later = {subject.id: subject.ed_frame for subject in acdc.find() if subject.ed_frame}
    assert later == {"patient090": 3}


def test_patient090_loads_with_its_cine_and_labels_where_info_says(acdc) -> None:
    (subject,) = [subject for subject in acdc.find() if subject.id == "patient090"]
    loaded = acdc.load(subject)
    view = loaded.views["sax"]
    assert len(view.frame_numbers) == view.cycle_length == len(view.image.data) > 10
    assert view.annotation("ED").frame == 3
    assert view.annotation("ES").frame == subject.es_frame
    assert check(loaded) == ()


def test_nine_patients_have_slices_of_five_millimetres(acdc) -> None:
    zooms = []
    for subject in acdc.find():
        image = next((acdc.root / subject.sources[0]).glob("*_frame*_gt.nii.gz"))
        zooms.append(float(nibabel.load(image).header.get_zooms()[2]))
    assert sum(zoom == pytest.approx(5) for zoom in zooms) == 9
