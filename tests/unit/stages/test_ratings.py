"""Pictures to rate say nothing of their makers, and a filled sheet becomes the scores of those that it was made for."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from cardioprior import registry
from cardioprior.errors import CardioPriorError
from cardioprior.metrics.rows import MetricRow, read_rows
from cardioprior.stages import rating_sheets, ratings
from cardioprior.store import Record

SLICES, FACTOR, SIZE = 3, 5, 20
METHODS, SUBJECTS = ("Linear", "ACNN-SR"), ("NOR-001", "NOR-002", "NOR-003")
RATERS = ("rater1", "rater2")
ROW = MetricRow(study="acnn_superresolution", cohort="c", condition="as-acquired", fold="main")


def pair(method: str, subject: str, seed: int = 0) -> tuple[Record, Record]:
    rng = np.random.default_rng([METHODS.index(method), SUBJECTS.index(subject), seed])
    thin = (SLICES * FACTOR, SIZE, SIZE)
    meta = {
        "grid": {"shape_zyx": list(thin), "affine": np.diag([1.25, 1.25, 2.0, 1.0]).tolist()},
        "native": {"shape_zyx": [SLICES, 30, 30]},
    }
    arrays = {
        "image": rng.random((SLICES, SIZE, SIZE)),
        "image_hr": rng.random(thin),
        "labels": np.ones(thin, np.uint8),
    }
    return Record(subject, {"upsampled": rng.random(thin).astype(np.float32)}), Record(subject, arrays, meta)


def made(folder: Path, seed: int = 0) -> Path:
    """Sheets of three subjects by two methods in `to_rate`, the key beside it."""
    methods = {method: [pair(method, subject, seed) for subject in SUBJECTS] for method in METHODS}
    rating_sheets.run(methods, 0, folder / "key.csv", [folder / "to_rate" / f"{rater}.csv" for rater in RATERS])
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def filled(folder: Path, to: Path, rater: str = "rater1") -> Path:
    """A sheet in which Linear has a 2 and ACNN-SR a 5 for the first subject, 4 for others."""
    whose = {entry["item"]: (entry["method"], entry["subject"]) for entry in table(folder / "key.csv")}
    scores = {i: "2" if m == "Linear" else "5" if s == SUBJECTS[0] else "4" for i, (m, s) in whose.items()}
    lines = (folder / "to_rate" / f"{rater}.csv").read_text(encoding="utf-8").splitlines()
    to.mkdir(exist_ok=True)
    path = to / f"{rater}.csv"
    path.write_text("\n".join([lines[0], *(line + scores[line.split(",")[0]] for line in lines[1:])]), encoding="utf-8")
    return path


def edited(path: Path, row: int, old: str, new: str) -> Path:
    """The sheet with a row (the header is row 1) changed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert old in lines[row - 1]
    lines[row - 1] = lines[row - 1].replace(old, new)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def wrong(path: Path, folder: Path) -> str:
    with pytest.raises(CardioPriorError) as caught:
        ratings.read_sheet(path, {entry["item"]: 1 for entry in table(folder / "key.csv")})
    return str(caught.value)


# --- what raters get


def test_every_image_is_there_once_and_each_sheet_is_empty(tmp_path):
    folder = made(tmp_path)
    key = table(folder / "key.csv")
    assert {(entry["subject"], entry["method"]) for entry in key} == {(s, m) for s in SUBJECTS for m in METHODS}
    for rater in RATERS:
        sheet = table(folder / "to_rate" / f"{rater}.csv")
        assert list(sheet[0]) == ["item", "picture", "score"]
        assert [entry["item"] for entry in sheet] == [entry["item"] for entry in key]
        assert {entry["score"] for entry in sheet} == {""}
        for entry in sheet:
            assert imread(folder / "to_rate" / entry["picture"]).shape[0] > 100


def test_nothing_that_raters_get_names_a_method_or_a_subject(tmp_path):
    folder = made(tmp_path) / "to_rate"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 2 + 1 + len(METHODS) * len(SUBJECTS)
    for path in files:
        for secret in (*METHODS, *SUBJECTS):
            assert secret not in path.name and secret.encode() not in path.read_bytes()


def test_methods_are_shuffled(tmp_path):
    methods = [entry["method"] for entry in table(made(tmp_path) / "key.csv")]
    assert methods not in (sorted(methods), sorted(methods, reverse=True))


def test_the_same_images_have_the_same_names_and_others_have_others(tmp_path):
    first, again, other = (made(tmp_path / name, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    keys = [(folder / "key.csv").read_text() for folder in (first, again, other)]
    assert keys[0] == keys[1]
    names = [{entry["item"] for entry in table(folder / "key.csv")} for folder in (first, other)]
    assert not names[0] & names[1]


def test_pictures_of_earlier_images_go(tmp_path):
    made(tmp_path, 0)
    folder = made(tmp_path, 1)
    items = {entry["item"] for entry in table(folder / "key.csv")}
    assert {path.stem for path in (folder / "to_rate" / "pictures").iterdir()} == items


# --- what comes back


def scores(folder: Path, *sheets: Path) -> dict[tuple[str, str, str], MetricRow]:
    ratings.run(ROW, folder / "key.csv", sheets, dict.fromkeys(SUBJECTS, "NOR"), folder / "rows.csv")
    rows = read_rows([folder / "rows.csv"])
    return {(row.metric, row.method, row.subject): row for row in rows.itertuples()}


def test_scores_find_the_method_and_subject_of_their_picture(tmp_path):
    folder = made(tmp_path)
    found = scores(folder, filled(folder, tmp_path / "back"))
    assert found["mos_rater1", "ACNN-SR", "NOR-001"].value == 5
    assert found["mos_rater1", "ACNN-SR", "NOR-002"].value == 4
    assert all(found["mos_rater1", "Linear", subject].value == 2 for subject in SUBJECTS)
    row = found["mos_rater1", "Linear", "NOR-001"]
    assert (row.unit, row.status, row.group, row.condition, row.fold) == ("1-5", "ok", "NOR", "as-acquired", "main")


def test_who_has_not_rated_has_rows_that_say_so(tmp_path):
    folder = made(tmp_path)
    found = scores(folder, filled(folder, tmp_path / "back"))
    theirs = [row for (metric, _, _), row in found.items() if metric == "mos_rater2"]
    assert len(theirs) == len(METHODS) * len(SUBJECTS)
    assert all(math.isnan(row.value) and row.status == "not rated" for row in theirs)


def test_filled_sheets_are_means_in_the_table_and_no_sheet_reads_not_rated(tmp_path):
    """2, 2 and 2 of Linear; 5, 4 and 4 of ACNN-SR: mean 4.33, variance (4 + 1 + 1) / 9 / 2."""
    folder = made(tmp_path)
    scores(folder, filled(folder, tmp_path / "back"))
    entry = registry.entry("tables", "acnn_table_3")()
    rows = {(row.method, row.metric): row for row in entry.rows(read_rows([folder / "rows.csv"]), "main")}
    ours = rows["ACNN-SR", "mos_rater1"]
    assert (float(ours.centre), float(ours.spread)) == pytest.approx((13 / 3, math.sqrt(6 / 18)))
    assert (ours.n, ours.published_centre, ours.unit) == (3, "4.36", "1-5")
    assert float(rows["p-value", "mos_rater1"].centre) == pytest.approx(2 / 2**3)
    unrated = rows["ACNN-SR", "mos_rater2"]
    assert (unrated.centre, unrated.n, unrated.missing, unrated.published_centre) == ("", 0, 3, "4.25")


def test_a_sheet_that_a_spreadsheet_saved_with_semicolons_is_read_too(tmp_path):
    folder = made(tmp_path)
    path = filled(folder, tmp_path / "back")
    path.write_text("\ufeff" + path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert scores(folder, path)["mos_rater1", "Linear", "NOR-001"].value == 2


@pytest.mark.parametrize("score", ["6", "0", "4.5", "good", ""])
def test_what_is_no_score_is_named_with_file_and_row(score: str, tmp_path):
    folder = made(tmp_path)
    path = filled(folder, tmp_path / "back")
    row = table(path)[2]
    found = wrong(edited(path, 4, f"{row['picture']},{row['score']}", f"{row['picture']},{score}"), folder)
    assert found == f"{path}, row 4: {row['item']} has the score {score!r}; wanted a whole number from 1 to 5"


def test_items_without_a_row_are_counted_and_named(tmp_path):
    folder = made(tmp_path)
    path = filled(folder, tmp_path / "back")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-2]), encoding="utf-8")
    gone = [line.split(",")[0] for line in lines[-2:]]
    assert wrong(path, folder) == (
        f"{path}: ends after row 5, and 2 of 6 items have no row ({gone[0]}, {gone[1]}); wanted one row an item"
    )


def test_an_item_that_is_there_twice_is_refused(tmp_path):
    folder = made(tmp_path)
    path = filled(folder, tmp_path / "back")
    first, second = (row["item"] for row in table(path)[:2])
    found = wrong(edited(path, 3, f"{second},", f"{first},"), folder)
    assert found == f"{path}, row 3: {first} is there a second time; wanted one row an item"


def test_scores_of_pictures_that_this_run_did_not_make_are_refused(tmp_path):
    path = filled(made(tmp_path / "old", 0), tmp_path / "back")
    first = table(path)[0]["item"]
    found = wrong(path, made(tmp_path / "new", 1))
    assert found.startswith(f"{path}, row 2: {first!r} is no picture of this run's sheets; wanted ")


def test_a_file_that_is_no_sheet_says_which_columns_were_wanted(tmp_path):
    (tmp_path / "rater1.csv").write_text("id,mark\na,5\n", encoding="utf-8")
    found = wrong(tmp_path / "rater1.csv", made(tmp_path))
    assert found.endswith("row 1: found the columns ['id', 'mark']; wanted item, picture, score")
    (tmp_path / "rater1.csv").write_text("", encoding="utf-8")
    assert "row 1: found the columns None" in wrong(tmp_path / "rater1.csv", tmp_path)
