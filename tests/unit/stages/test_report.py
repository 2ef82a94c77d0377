"""What the report says of a study's subjects."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardioprior.errors import SubjectError
from cardioprior.stages import report
from cardioprior.store import Record, write_shard

SPLIT = """subject\tfold\trole\tgroup\tshard\treason
A\tmain\ttrain\tNOR\t0\t
B\tmain\ttest\tNOR\t0\t
C\tmain\texcluded\tNOR\t0\thas no labels at ED
D\tmain\texcluded\tDCM\t0\thas no labels at ED
E\tmain\texcluded\tDCM\t0\thas 1 frames where 5 are needed
B\tfold-0\ttrain\tNOR\t0\t
"""


@pytest.fixture
def usage(tmp_path: Path) -> dict:
    split, shard = tmp_path / "split.tsv", tmp_path / "shard-0.h5"
    split.write_text(SPLIT, encoding="utf-8")
    write_shard(shard, [Record("A", {}), SubjectError("few_slices", "B: has 2 slices")])
    return report.usage(split, [shard, shard], "main")


def test_subjects_that_were_not_used_are_named_once_under_each_reason(usage):
    assert usage["unused"] == ["C, D: has no labels at ED", "E: has 1 frames where 5 are needed", "B: has 2 slices"]


def test_roles_are_those_of_the_main_split(usage):
    assert (usage["roles"]["train"], usage["roles"]["test"]) == (1, 1)


def page(tmp_path: Path, usage: dict, follows: tuple[str, ...]) -> str:
    study = {"name": "s", "title": "A study", "follows": follows, "tables": (), "figures": {}, "usage": {"ward": usage}}
    report.run({}, {}, [study], {}, tmp_path / "index.html")
    return " ".join((tmp_path / "index.html").read_text(encoding="utf-8").split())


def test_the_page_says_what_a_study_was_trained_and_tested_on(tmp_path, usage):
    assert "ward: trained on 1 subjects, validated on 0, tested on 1." in page(tmp_path, usage, ())


def test_a_study_that_trains_nothing_names_whose_models_it_used(tmp_path, usage):
    del usage["roles"]["train"]
    assert "ward: tested on 1 with the models of first, second." in page(tmp_path, usage, ("first", "second"))
