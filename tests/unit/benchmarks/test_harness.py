"""Benchmarks: contenders by turns, values first, and a page that says what was reached."""

from __future__ import annotations

import importlib

import pytest

from benchmarks import harness, page, run
from benchmarks.harness import Case


def case(done: list[str], agree=lambda values: "equal", **settings) -> Case:
    def contender(name: str, value: int):
        def work() -> int:
            done.append(name)
            return value

        return lambda: work

    contenders = {"ours": contender("ours", 1), "theirs": contender("theirs", 1)}
    return Case("Counting", "one and one", contenders, agree, **settings)


def test_contenders_take_turns_after_one_round_whose_values_are_compared():
    done: list[str] = []
    compared = []
    measured = harness.timed(case(done, lambda values: compared.append(values) or "equal", rounds=3))
    assert done == ["ours", "theirs"] * 4
    assert compared == [{"ours": 1, "theirs": 1}]
    assert [row["rounds"] for row in measured["rows"]] == [3, 3]


def test_long_work_is_done_once():
    done: list[str] = []
    measured = harness.timed(case(done, rounds=0))
    assert done == ["ours", "theirs"]
    assert all(row["seconds"] > 0 and row["rounds"] == 1 for row in measured["rows"])


def test_ratios_are_of_medians_and_to_the_first_contender(monkeypatch):
    clock = iter([0, 9, 0, 9, 0, 1, 0, 4, 0, 2, 0, 6, 0, 30, 0, 7])  # the first two, which compare, are for nothing
    monkeypatch.setattr(harness.time, "perf_counter", lambda: next(clock))
    ours, theirs = harness.timed(case([], rounds=3))["rows"]
    assert (ours["seconds"], theirs["seconds"], theirs["ratio"]) == (2, 6, 3)
    assert (ours["least"], ours["most"]) == (1, 30)


def test_nothing_is_timed_where_values_differ():
    done: list[str] = []

    def differ(values):
        raise AssertionError("1 is not 2")

    with pytest.raises(AssertionError, match="1 is not 2"):
        harness.timed(case(done, differ))
    assert done == ["ours", "theirs"]


@pytest.mark.parametrize(("wanted", "said"), [(1e-9, "1e-09, reached"), (1e9, "1e+09, not reached")])
def test_the_page_says_whether_a_ratio_is_reached(wanted, said):
    measured = harness.timed(case([], rounds=1, wanted={"theirs": wanted}))
    for row in measured["rows"]:
        row["peak_mb"] = 12.0
    text = page.page([measured])
    assert "| theirs |" in text and said in text and "Values: equal." in text


@pytest.mark.parametrize("stage", run.STAGES)
def test_every_stage_is_there(stage):
    assert callable(importlib.import_module(f"benchmarks.stages.{stage}").cases)
