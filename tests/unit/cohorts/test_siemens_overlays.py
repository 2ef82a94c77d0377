"""The thesis' files: contours in overlay planes, written small and found again."""

from __future__ import annotations

import numpy as np
import pytest

from cardioprior.cohorts.contract import CohortSettings
from cardioprior.cohorts.siemens_overlays import Adapter
from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.imaging import labels
from tests.unit.imaging.dicom_world import add_overlays, heart, outlines_of, write_cine

SHAPE = (64, 80)
GROUPS = {"LV": 0x6000, "EPI": 0x6002, "RV": 0x6004}
WITHOUT_EPICARDIUM = {"LV": 0x6000, "RV": 0x6002}
TEXTS = {0x6000: "LV endocardium", 0x6002: "LV epicardium", 0x6004: "RV endocardium"}
HEADER = "subject,group,sex,height_cm,weight_kg\n"


def ed(z: int) -> dict[str, np.ndarray]:
    return heart(SHAPE, (30 + z, 45 - z), 5 + 3 * z, 4)


def es(z: int) -> dict[str, np.ndarray]:
    return heart(SHAPE, (30 + z, 45 - z), 3 + 2 * z, 6 + z)


def write(root, contours, texts=None, slices=3, frames=4) -> None:
    """`contours`: for each frame that has some, the masks by slice and the groups they go to."""

    def draw_in(image, t, z):
        if t in contours:
            masks, groups = contours[t]
            add_overlays(image, outlines_of(masks(z), groups), texts)
        return image

    write_cine(root, frames=frames, slices=slices, shape=SHAPE, change=draw_in)


def cohort(root) -> Adapter:
    return Adapter(CohortSettings(adapter="siemens_overlays", root=root), root, "thesis", 0)


def load(root):
    adapter = cohort(root)
    (subject,) = adapter.find()
    return adapter.load(subject)


def painted(masks, epicardium: bool, slices: int = 3) -> np.ndarray:
    result = np.zeros((slices, *SHAPE), np.uint8)
    for z in range(slices):
        if epicardium:
            result[z][masks(z)["EPI"]] = labels.MYO
        result[z][masks(z)["LV"]], result[z][masks(z)["RV"]] = labels.LV, labels.RV
    return result


@pytest.mark.parametrize(("es_groups", "texts"), [({"LV": 0x6000, "RV": 0x6004}, TEXTS), (WITHOUT_EPICARDIUM, None)])
def test_ed_has_myocardium_es_has_none_and_both_come_back_exactly(tmp_path, es_groups, texts):
    write(tmp_path / "p1", {0: (ed, GROUPS), 2: (es, es_groups)}, texts)
    loaded = load(tmp_path)
    view = loaded.views["sax"]
    assert loaded.findings == ()
    assert (loaded.subject.ed_frame, loaded.subject.es_frame) == (0, 2)
    assert [(a.frame, a.phase, a.structures) for a in view.annotations] == [
        (0, "ED", ("LV", "MYO", "RV")),
        (2, "ES", ("LV", "RV")),
    ]
    np.testing.assert_array_equal(view.annotation("ED").labels, painted(ed, epicardium=True))
    np.testing.assert_array_equal(view.annotation("ES").labels, painted(es, epicardium=False))
    assert view.image.data.shape == (4, 3, *SHAPE)


def test_all_outlines_in_one_plane_come_back_too(tmp_path):
    one = dict.fromkeys(GROUPS, 0x6000)
    write(tmp_path / "p1", {1: (ed, one), 3: (es, {"LV": 0x6000, "RV": 0x6000})})
    view = load(tmp_path).views["sax"]
    np.testing.assert_array_equal(view.annotation("ED").labels, painted(ed, epicardium=True))
    np.testing.assert_array_equal(view.annotation("ES").labels, painted(es, epicardium=False))


def test_no_overlays_are_a_warning(tmp_path):
    write(tmp_path / "p1", {})
    loaded = load(tmp_path)
    assert [(f.status, f.code) for f in loaded.findings] == [("warning", "no_labels")]
    assert f"{tmp_path / 'p1'}: no file of its short axis has an overlay" in loaded.findings[0].sentence
    assert loaded.views["sax"].annotations == ()


def test_ed_alone_is_a_warning_about_es(tmp_path):
    write(tmp_path / "p1", {0: (ed, GROUPS)}, TEXTS)
    loaded = load(tmp_path)
    assert [f.code for f in loaded.findings] == ["no_es"]
    assert "no second frame has an LV contour" in loaded.findings[0].sentence


def test_es_alone_is_a_warning_about_ed(tmp_path):
    write(tmp_path / "p1", {2: (es, WITHOUT_EPICARDIUM)})
    loaded = load(tmp_path)
    assert [f.code for f in loaded.findings] == ["no_ed"]
    assert "no frame has an epicardial contour" in loaded.findings[0].sentence
    assert loaded.subject.ed_frame is None and loaded.subject.es_frame == 2


def test_of_several_frames_without_myocardium_the_smallest_lv_is_es(tmp_path):
    write(tmp_path / "p1", {0: (ed, GROUPS), 1: (ed, WITHOUT_EPICARDIUM), 2: (es, WITHOUT_EPICARDIUM)})
    loaded = load(tmp_path)
    assert [a.phase for a in loaded.views["sax"].annotations] == ["ED", "", "ES"]
    assert [f.code for f in loaded.findings] == ["several_phases"]
    assert "frames [2] have contours too" in loaded.findings[0].sentence


def test_of_two_frames_with_myocardium_the_smaller_lv_is_es(tmp_path):
    write(tmp_path / "p1", {0: (es, GROUPS), 3: (ed, GROUPS)}, TEXTS)
    loaded = load(tmp_path)
    assert [(a.phase, a.structures[1]) for a in loaded.views["sax"].annotations] == [("ES", "MYO"), ("ED", "MYO")]


def test_an_overlay_on_another_grid_is_refused_with_its_file(tmp_path):
    def enlarge(image, t, z):
        if (t, z) == (0, 1):
            add_overlays(image, {0x6000: np.ones((128, 160), bool)})
        return image

    write_cine(tmp_path / "p1", shape=SHAPE, change=enlarge)
    with pytest.raises(SubjectError, match=r"overlay 6000 of 128 x 160 pixels at row 1, column 1 is not on") as caught:
        load(tmp_path)
    assert caught.value.code == "label_grid"
    assert str(tmp_path / "p1") in caught.value.sentence


def test_the_table_gives_group_sex_height_and_weight_and_may_miss_some(tmp_path):
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.IMA").touch()
    (tmp_path / "subjects.csv").write_text(HEADER + "p2,HCM,F,161.5,\n", encoding="utf-8-sig")
    first, second = cohort(tmp_path).find()
    assert (first.id, first.group, first.height_cm) == ("p1", "", None)
    assert (second.id, second.group, second.sex, second.height_cm, second.weight_kg) == ("p2", "HCM", "F", 161.5, None)
    assert second.sources == ("p2",)


def test_a_subject_that_only_the_table_names_is_found_and_fails_with_its_folder(tmp_path):
    write(tmp_path / "p1", {})
    (tmp_path / "subjects.csv").write_text(HEADER + "p9,HCM,F,,\n")
    subjects = cohort(tmp_path).find()
    assert [subject.id for subject in subjects] == ["p1", "p9"]
    with pytest.raises(SubjectError, match=r"subjects.csv: names p9; wanted files in .*p9") as caught:
        cohort(tmp_path).load(subjects[1])
    assert caught.value.code == "no_files"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("subject;group\n", "subjects.csv: columns subject, group lack sex, height_cm, weight_kg"),
        (HEADER + "p1,HCM,F,tall,60\n", "subjects.csv, row 1: found height_cm 'tall'; wanted a number above 0"),
        (HEADER + ",HCM,F,,\n", "row 1: has no subject"),
        (HEADER + "p1,,,,\np1,,,,\n", "names p1 twice"),
    ],
)
def test_a_table_with_a_fault_is_named(tmp_path, text, sentence):
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "a.IMA").touch()
    (tmp_path / "subjects.csv").write_text(text)
    with pytest.raises(CardioPriorError, match=sentence):
        cohort(tmp_path).find()
