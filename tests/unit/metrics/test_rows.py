"""Metrics rows survive the way to disk and back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cardioprior.errors import CardioPriorError
from cardioprior.metrics.rows import COLUMNS, NUMBER_COLUMNS, TEXT_COLUMNS, MetricRow, read_rows, write_rows

ROW = MetricRow(
    study="thesis_5", cohort="acdc", method="unet", subject="007", group="NA", structure="LV", phase="ED", slice="03",
    metric="dice", value=0.1 + 0.2, reference=1 / 3,
)  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows.csv"


def test_the_columns_are_the_fields_in_their_order():
    assert COLUMNS[:5] == ("study", "cohort", "method", "condition", "subject")
    assert COLUMNS[-3:] == ("value", "reference", "status")
    assert set(TEXT_COLUMNS) | set(NUMBER_COLUMNS) == set(COLUMNS)


def test_subject_007_stays_text_and_a_group_called_na_keeps_its_name(path):
    write_rows(path, [ROW])
    row = read_rows([path]).iloc[0]
    assert (row.subject, row.group, row["slice"]) == ("007", "NA", "03")


def test_text_that_was_not_given_reads_as_empty_and_numbers_as_nan(path):
    write_rows(path, [MetricRow(metric="parameters")])
    row = read_rows([path]).iloc[0]
    assert all(row[name] == "" for name in TEXT_COLUMNS if name not in ("metric", "status"))
    assert math.isnan(row.value) and math.isnan(row.reference) and row.status == "ok"


def test_a_column_of_empty_text_is_text_not_nan(path):
    write_rows(path, [MetricRow(), MetricRow()])
    frame = read_rows([path])
    assert all(isinstance(cell, str) for name in TEXT_COLUMNS for cell in frame[name])
    assert all(frame[name].dtype == np.float64 for name in NUMBER_COLUMNS)


def test_numbers_come_back_to_the_bit(path):
    values = [0.1 + 0.2, 1 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 12345678.901234567, math.inf, -math.inf]
    values += np.random.default_rng(0).normal(size=200).tolist()
    write_rows(path, [MetricRow(value=value) for value in values])
    assert read_rows([path]).value.to_numpy().tobytes() == np.array(values).tobytes()


def test_numpy_and_whole_numbers_are_written_as_plain_floats(path):
    write_rows(path, [MetricRow(value=np.float64(0.5), reference=3), MetricRow(value=np.float32(0.25))])
    assert path.read_text().splitlines()[1:] == [",,,,,,,,,,,,,0.5,3.0,ok", ",,,,,,,,,,,,,0.25,,ok"]


def test_equal_rows_make_equal_bytes_with_unix_line_ends(path, tmp_path):
    write_rows(path, [ROW, MetricRow()])
    write_rows(tmp_path / "again.csv", (row for row in [ROW, MetricRow()]))
    assert path.read_bytes() == (tmp_path / "again.csv").read_bytes()
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize("text", ["a,b", 'say "x"', "two\nlines", "Straße 心", " space ", "nan", "null", "1e5", "#x"])
def test_any_text_comes_back_as_written(path, text):
    write_rows(path, [MetricRow(method=text, status=text)])
    row = read_rows([path]).iloc[0]
    assert (row.method, row.status) == (text, text)


def test_files_are_read_one_after_another_under_one_index(path, tmp_path):
    write_rows(path, [ROW, ROW])
    write_rows(tmp_path / "b.csv", [MetricRow(subject="8")])
    frame = read_rows([path, tmp_path / "b.csv"])
    assert list(frame.subject) == ["007", "007", "8"]
    assert list(frame.index) == [0, 1, 2]


def test_a_shard_without_rows_is_a_header_and_leaves_types_alone(path, tmp_path):
    write_rows(path, [])
    write_rows(tmp_path / "b.csv", [ROW])
    assert path.read_text() == ",".join(COLUMNS) + "\n"
    frame = read_rows([path, tmp_path / "b.csv"])
    assert len(frame) == 1 and frame.value.dtype == np.float64 and frame.subject[0] == "007"


def test_no_files_are_an_empty_table_with_all_columns_and_types():
    frame = read_rows([])
    assert tuple(frame.columns) == COLUMNS and len(frame) == 0
    assert frame.value.dtype == np.float64 and frame.subject.dtype != np.float64


def test_a_number_in_a_text_field_is_refused_where_the_row_is_made():
    with pytest.raises(TypeError, match=r"slice: found 3; wanted text"):
        MetricRow(slice=3)  # type: ignore[arg-type]


def test_a_fault_half_way_leaves_the_earlier_file_and_nothing_else(path):
    write_rows(path, [ROW])
    before = path.read_bytes()

    def rows():
        yield MetricRow()
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write_rows(path, rows())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_missing_folders_are_made(tmp_path):
    write_rows(tmp_path / "metrics" / "study" / "rows.csv", [ROW])
    assert (tmp_path / "metrics" / "study" / "rows.csv").exists()


def test_a_file_with_other_columns_is_named_with_what_it_holds(path):
    path.write_text("subject,dice\n1,0.9\n")
    with pytest.raises(CardioPriorError, match=r"rows\.csv: found the columns \['subject', 'dice'\]; wanted"):
        read_rows([path])


def test_an_empty_file_is_named(path):
    path.write_text("")
    with pytest.raises(CardioPriorError, match=r"rows\.csv: found no table"):
        read_rows([path])


def test_a_word_in_place_of_a_number_is_named_with_its_file(path):
    path.write_text(",".join(COLUMNS) + "\n" + "," * 13 + "much,,ok\n")
    with pytest.raises(CardioPriorError, match=r"rows\.csv: .*'much'; wanted a number"):
        read_rows([path])


def test_a_file_cut_in_the_middle_of_a_line_is_named(path):
    write_rows(path, [ROW, ROW])
    path.write_text(path.read_text()[:-30])
    with pytest.raises(CardioPriorError, match=r"rows\.csv: found a row without status"):
        read_rows([path])


def test_a_row_always_has_a_status():
    with pytest.raises(ValueError, match="status: found nothing"):
        MetricRow(status="")


def test_a_file_that_is_not_there_is_a_file_not_found(path):
    with pytest.raises(FileNotFoundError):
        read_rows([path])
