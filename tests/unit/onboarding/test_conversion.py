"""A cohort of five: one sound, one without ES and three that are lost. None is dropped in silence."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cardioprior import atomic, digest
from cardioprior.cohorts.contract import Annotation, Cohort, CohortSettings, LoadedSubject, Subject, View
from cardioprior.errors import CardioPriorError, SubjectError
from cardioprior.imaging.volume import Volume
from cardioprior.onboarding import canonical
from cardioprior.onboarding.accounts import SUBJECT_COLUMNS, gather, read_found, read_tsv, write_found, write_tsv
from cardioprior.onboarding.conversion import convert
from cardioprior.onboarding.entry import refuse_if_none_is_left

SUBJECTS = tuple(Subject(name, (f"raw/{name}",), "NOR") for name in ("broken", "fine", "holed", "no_es", "odd"))


def sound(subject: Subject) -> LoadedSubject:
    data = np.random.default_rng(list(subject.id.encode())).normal(size=(2, 3, 40, 45)).astype(np.float32)
    y, x = np.mgrid[:40, :45]
    labels = np.zeros((3, 40, 45), np.uint8)
    labels[:, 14:26, 4:16] = 3
    labels[:, np.hypot(y - 20, x - 26) <= 12] = 2
    labels[:, np.hypot(y - 20, x - 26) <= 8] = 1
    annotations = (Annotation(0, "ED", ("LV", "MYO", "RV"), labels), Annotation(1, "ES", ("LV", "RV"), labels))
    view = View("sax", Volume(data, np.diag([1.25, 1.5, 10, 1])), (0, 12), 30, annotations=annotations)
    return LoadedSubject(subject, {"sax": view})


class Five(Cohort):
    def find(self):
        return SUBJECTS

    def load(self, subject: Subject) -> LoadedSubject:
        if subject.id == "broken":
            raise SubjectError("corrupt_file", "broken: a.nii.gz ends early; wanted the whole file")
        if subject.id == "odd":
            raise ValueError("a reader's own words")
        loaded = sound(subject)
        view = loaded.views["sax"]
        if subject.id == "holed":
            view.image.data[0, 1, 2, 3] = np.nan
        if subject.id == "no_es":
            return LoadedSubject(subject, {"sax": View("sax", view.image, (0, 12), 30, (), view.annotations[:1])})
        return loaded


@pytest.fixture
def five(tmp_path):
    return Five(CohortSettings(adapter="five"), tmp_path, "five", 0)


def converted(cohort: Cohort, folder, chosen=SUBJECTS) -> list:
    """Manifests of two shards."""
    manifests = []
    for shard in (0, 1):
        path = folder / f"shard-{shard}.json"
        atomic.write_json(path, {"subjects": convert(cohort, chosen[shard::2], folder)})
        manifests.append(path)
    return manifests


def gathered(manifests, folder, strict: bool = False):
    gather(manifests, folder / "subjects.tsv", folder / "qc.tsv", strict)
    return read_tsv(folder / "subjects.tsv"), read_tsv(folder / "qc.tsv")


def test_found_is_ok_and_warning_and_excluded(five, tmp_path):
    subjects, qc = gathered(converted(five, tmp_path), tmp_path)
    statuses = {row["subject"]: row["status"] for row in subjects}
    assert statuses == {
        "broken": "excluded", "fine": "ok", "holed": "excluded", "no_es": "warning", "odd": "excluded",
    }  # fmt: skip
    assert Counter(statuses.values()) == {"excluded": 3, "ok": 1, "warning": 1}
    assert {row["subject"]: row["status"] for row in qc} == statuses
    assert [row["subject"] for row in subjects] == sorted(statuses)


def test_every_loss_has_a_code_and_a_sentence_to_act_on(five, tmp_path):
    _, qc = gathered(converted(five, tmp_path), tmp_path)
    said = {row["subject"]: (row["code"], row["sentence"]) for row in qc}
    assert said["fine"] == ("", "")
    assert said["broken"] == ("corrupt_file", "broken: a.nii.gz ends early; wanted the whole file")
    assert (
        said["odd"][0] == "unreadable" and "odd: could not be read (ValueError: a reader's own words)" in said["odd"][1]
    )
    assert said["holed"] == ("not_finite", "holed: sax holds 1 voxels that are not numbers")
    assert said["no_es"][0] == "no_es" and "no frame is labelled ES" in said["no_es"][1]


def test_the_others_are_converted_and_a_lost_one_leaves_no_description(five, tmp_path):
    manifests = converted(five, tmp_path)
    assert canonical.read(tmp_path, "fine").views["sax"].image.data.shape == (2, 3, 40, 45)
    assert sorted(path.name for path in tmp_path.glob("sub-*.json")) == ["sub-fine.json", "sub-no_es.json"]
    records = [record for path in manifests for record in atomic.read_json(path)["subjects"]]
    for record in records:
        for name, sha256 in record["files"].items():
            assert digest.file_sha256(tmp_path / name) == sha256
    assert {record["subject"]: len(record["files"]) for record in records} == {
        "broken": 0, "fine": 4, "holed": 0, "no_es": 4, "odd": 0,
    }  # fmt: skip


def test_a_readers_own_complaint_is_in_the_log(five, tmp_path, capsys):
    converted(five, tmp_path)
    assert "ValueError: a reader's own words" in capsys.readouterr().err


def test_what_is_known_of_a_subject_is_in_its_row(five, tmp_path):
    subjects, _ = gathered(converted(five, tmp_path), tmp_path)
    rows = {row["subject"]: row for row in subjects}
    assert tuple(rows["fine"]) == SUBJECT_COLUMNS
    fine = {"shard": "1", "group": "NOR", "views": "sax", "phases": "ED|ES", "slices": "3", "frames": "2",
            "cycle_length": "30", "spacing_z_mm": "10.0", "spacing_y_mm": "1.5", "spacing_x_mm": "1.25"}  # fmt: skip
    assert fine.items() <= rows["fine"].items()
    assert rows["no_es"]["phases"] == "ED"
    assert (rows["odd"]["group"], rows["odd"]["views"], rows["odd"]["frames"]) == ("NOR", "", "")


def test_strict_stops_and_names_all_that_would_be_left_out(five, tmp_path):
    manifests = converted(five, tmp_path)
    with pytest.raises(CardioPriorError, match="strict is on") as caught:
        gathered(manifests, tmp_path, strict=True)
    assert all(subject in str(caught.value) for subject in ("broken", "odd", "holed"))
    assert not (tmp_path / "qc.tsv").exists()


def test_strict_lets_a_warning_pass(five, tmp_path):
    manifests = converted(five, tmp_path, [s for s in SUBJECTS if s.id in ("fine", "no_es")])
    subjects, _ = gathered(manifests, tmp_path, strict=True)
    assert [row["status"] for row in subjects] == ["ok", "warning"]


def test_a_cohort_without_any_usable_subject_has_its_tables_and_then_an_error_that_says_where(five, tmp_path):
    manifests = converted(five, tmp_path, [s for s in SUBJECTS if s.id in ("broken", "holed")])
    _, qc = gathered(manifests, tmp_path)
    assert [row["status"] for row in qc] == ["excluded", "excluded"]
    with pytest.raises(
        CardioPriorError, match=r"none of the 2 subjects of five .*qc\.tsv and .*broken: a\.nii\.gz ends"
    ):
        refuse_if_none_is_left("five", tmp_path / "qc.tsv", tmp_path / "index.html")


def test_one_usable_subject_is_enough(five, tmp_path):
    gathered(converted(five, tmp_path), tmp_path)
    refuse_if_none_is_left("five", tmp_path / "qc.tsv", tmp_path / "index.html")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda view: view.image.data[1].fill(7), "constant_image"),
        (lambda view: view.annotations[0].labels.fill(1), "empty_structure"),
    ],
)
def test_other_faults_have_codes_of_their_own(five, tmp_path, monkeypatch, change, code):
    loaded = sound(SUBJECTS[1])
    change(loaded.views["sax"])
    monkeypatch.setattr(five, "load", lambda subject: loaded)
    (record,) = convert(five, SUBJECTS[1:2], tmp_path)
    assert {finding["code"] for finding in record["findings"]} == {code}


def test_labels_on_another_grid_than_the_image_are_named_with_both_shapes(five, tmp_path, monkeypatch):
    view = sound(SUBJECTS[1]).views["sax"]
    annotation = Annotation(0, "ED", ("LV",), np.ones((3, 40, 44), np.uint8))
    wrong = View("sax", view.image, (0, 12), 30, annotations=(annotation,))
    monkeypatch.setattr(five, "load", lambda subject: LoadedSubject(subject, {"sax": wrong}))
    (record,) = convert(five, SUBJECTS[1:2], tmp_path)
    (finding,) = record["findings"]
    assert (record["status"], finding["code"]) == ("excluded", "label_grid")
    assert "label (3, 40, 44) is not on the image grid (3, 40, 45)" in finding["sentence"]


def test_a_found_list_comes_back_whole_and_by_shard(tmp_path):
    subjects = [
        Subject("007", ("a/b", "c  d"), "NA", "F", 171.5, 70.0, 0, 11),
        Subject("8", ("x",)),
        Subject("9", ()),
    ]
    path = tmp_path / "cohort" / "found.tsv"
    write_found(path, subjects, shards=2)
    assert read_found(path) == subjects
    parts = [read_found(path, shard) for shard in (0, 1)]
    assert sorted((s for part in parts for s in part), key=lambda s: s.id) == subjects


def test_an_id_that_occurs_twice_is_an_error(tmp_path):
    with pytest.raises(CardioPriorError, match="cohort: subject ids occur twice: a; wanted unique ids"):
        write_found(tmp_path / "cohort" / "found.tsv", [Subject("a", ()), Subject("a", ()), Subject("b", ())], 1)


def test_a_table_keeps_text_as_it_is_but_for_tabs_and_line_breaks(tmp_path):
    rows = [("a\tb\nc", None, 1.5), ("two  blanks", "", "ü"), (" edge ", "x\u2028y", 0)]
    write_tsv(tmp_path / "t.tsv", ("one", "two", "three"), rows)
    assert read_tsv(tmp_path / "t.tsv") == [
        {"one": "a b c", "two": "", "three": "1.5"},
        {"one": "two  blanks", "two": "", "three": "ü"},
        {"one": " edge ", "two": "x y", "three": "0"},
    ]
