"""Records survive the way to a shard and back."""

from __future__ import annotations

import fcntl
import json

import h5py
import numpy as np
import pytest

from cardioprior.errors import SubjectError
from cardioprior.store import OnDisk, Record, left_out, read_pairs, read_shards, write_shard, write_shards

RNG = np.random.default_rng(0)
RECORD = Record(
    "007",
    {
        "image": RNG.normal(size=(3, 4, 5)).astype(np.float32),
        "labels": RNG.integers(0, 4, (3, 4, 5)).astype(np.uint8),
        "phases": np.array([3, 0]),
        "curve": RNG.normal(size=7),
        "one": np.array(5, np.uint8),
        "none": np.zeros((0, 4), np.uint8),
    },
    {"structures": {"ED": ["LV"]}, "affine": [[1.5, 0.0]], "delay": 3, "note": "Straße", "nothing": None},
)


def small(subject: str, value: float = 0.0) -> Record:
    return Record(subject, {"a": np.array([value]), "b": np.array([value + 1])})


def test_arrays_come_back_to_the_bit_with_their_types_and_meta_as_it_was(tmp_path):
    write_shard(tmp_path / "s.h5", [RECORD])
    (read,) = read_shards([tmp_path / "s.h5"])
    assert (read.subject, read.meta) == ("007", RECORD.meta)
    assert sorted(read.arrays) == sorted(RECORD.arrays)
    for name, array in RECORD.arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()


def test_shards_are_read_in_the_order_given_and_subjects_sorted_within(tmp_path):
    write_shard(tmp_path / "1.h5", [small("c"), small("a")])
    write_shard(tmp_path / "0.h5", [small("b")])
    read = read_shards([tmp_path / "1.h5", tmp_path / "0.h5"])
    assert [record.subject for record in read] == ["a", "c", "b"]


def test_only_the_subjects_and_arrays_asked_for_are_read(tmp_path):
    write_shard(tmp_path / "s.h5", [small(subject, n) for n, subject in enumerate("abc")])
    read = list(read_shards([tmp_path / "s.h5"], ["c", "a", "unknown"], ["b"]))
    assert [(record.subject, list(record.arrays), record.arrays["b"].item()) for record in read] == [
        ("a", ["b"], 1.0), ("c", ["b"], 3.0),
    ]  # fmt: skip
    assert list(read_shards([tmp_path / "s.h5"], [])) == []


def test_a_file_holds_a_shard_a_condition_and_each_is_read_on_its_own(tmp_path):
    path = tmp_path / "s.h5"
    write_shards(path, {"3 lines": [small("a", 3), small("b", 3)], "severe@2": [small("b", 5)]})
    read = {name: list(read_shards([path / name], arrays=["a"])) for name in ("3 lines", "severe@2")}
    assert [(one.subject, one.arrays["a"].item()) for one in read["3 lines"]] == [("a", 3), ("b", 3)]
    assert [(one.subject, one.arrays["a"].item()) for one in read["severe@2"]] == [("b", 5)]


def test_who_was_left_out_is_told_of_a_condition_and_of_the_whole_file(tmp_path):
    path = tmp_path / "s.h5"
    write_shards(path, {"1": [SubjectError("x", "a: is empty")], "2": [small("a"), SubjectError("x", "b: is odd")]})
    assert (left_out(path / "1"), left_out(path / "2")) == (["a: is empty"], ["b: is odd"])
    assert left_out(path) == ["a: is empty", "b: is odd"]


def test_shards_of_a_file_may_lie_in_groups(tmp_path):
    path = tmp_path / "s.h5"
    write_shards(path, {"u/1": [small("a", 1)], "u/2": [SubjectError("x", "a: is odd")], "v/1": [small("a", 5)]})
    assert [one.arrays["a"].item() for name in ("u/1", "v/1") for one in read_shards([path / name])] == [1, 5]
    assert left_out(path) == left_out(path / "u") == ["a: is odd"]
    assert left_out(path / "v") == []


def test_predictions_come_with_the_records_they_were_made_from(tmp_path):
    write_shards(tmp_path / "p.h5", {"c": [small("a", 1), small("b", 2)]})
    write_shard(tmp_path / "r.h5", [small("a", 10), small("b", 20), small("never predicted", 30)])
    pairs = list(read_pairs([(tmp_path / "p.h5" / "c", tmp_path / "r.h5")]))
    assert [(p.arrays["a"].item(), r.arrays["a"].item()) for p, r in pairs] == [(1, 10), (2, 20)]
    ((prediction, record),) = read_pairs([(tmp_path / "p.h5" / "c", tmp_path / "shard-0.json")], ["b"])
    assert (prediction.subject, record.arrays) == ("b", {})


def test_a_subject_that_could_not_be_done_is_listed_with_its_sentence(tmp_path):
    write_shard(tmp_path / "s.h5", [small("a"), SubjectError("not_a_cine", "b: has 2 of 30 frames"), small("c")])
    assert [record.subject for record in read_shards([tmp_path / "s.h5"])] == ["a", "c"]
    with h5py.File(tmp_path / "s.h5") as file:
        assert json.loads(file.attrs["left_out"]) == ["b: has 2 of 30 frames"]


def test_an_empty_shard_is_a_file_without_records(tmp_path):
    write_shard(tmp_path / "s.h5", [])
    assert list(read_shards([tmp_path / "s.h5"])) == []


def test_a_fault_half_way_leaves_the_earlier_shard_and_nothing_else(tmp_path):
    path = tmp_path / "s.h5"
    write_shard(path, [small("a")])
    before = path.read_bytes()

    def records():
        yield small("b")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        write_shard(path, records())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_subject_twice_in_a_shard_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="exists"):
        write_shard(tmp_path / "s.h5", [small("a"), small("a")])
    assert list(tmp_path.iterdir()) == []


# --- arrays that stay on disk


def test_arrays_on_disk_are_what_was_written_whole_and_row_by_row(tmp_path):
    write_shard(tmp_path / "s.h5", [RECORD])
    (read,) = read_shards([tmp_path / "s.h5"], in_memory=False)
    for name in ("image", "labels", "phases", "curve", "none"):
        stored, true = read.arrays[name], RECORD.arrays[name]
        assert isinstance(stored, OnDisk)
        assert (stored.shape, stored.dtype, stored.nbytes, len(stored)) == (
            true.shape, true.dtype, true.nbytes, len(true),
        )  # fmt: skip
        assert np.array_equal(np.asarray(stored), true) and np.array_equal(stored[:2], true[:2])
    assert np.array_equal(read.arrays["image"][1], RECORD.arrays["image"][1])
    assert read.arrays["one"] == 5


def test_a_shard_is_read_while_somebody_holds_a_lock_on_it(tmp_path):
    write_shard(tmp_path / "s.h5", [RECORD])
    with (tmp_path / "s.h5").open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for in_memory in (True, False):
            (read,) = read_shards([tmp_path / "s.h5"], in_memory=in_memory)
            assert np.array_equal(np.asarray(read.arrays["curve"]), RECORD.arrays["curve"])
