"""What the page says of a study's subjects and of what it cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardioprior import atomic
from cardioprior.errors import SubjectError
from cardioprior.report import summaries
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
    return summaries.usage(split, [shard, shard], "main")


def test_subjects_that_were_not_used_are_named_once_under_each_reason(usage):
    assert usage["unused"] == ["C, D: has no labels at ED", "E: has 1 frames where 5 are needed", "B: has 2 slices"]


def test_roles_are_those_of_the_main_split(usage):
    assert (usage["roles"]["train"], usage["roles"]["test"]) == (1, 1)


def test_trainings_times_are_summed_and_fitted_models_have_none(tmp_path):
    for name, about in {
        "a": {"parameters": {"net": 3}, "training_seconds": 70.0, "device": "x86_64"},
        "b": {"parameters": {"net": 3}, "training_seconds": 5.5, "device": "x86_64"},
        "c": {"parameters": {}},
    }.items():
        atomic.write_json(tmp_path / f"{name}.json", about)
    found = summaries.training(sorted(tmp_path.glob("*.json")))
    assert found == {"networks": 2, "fitted": 1, "seconds": 75.5, "devices": ["x86_64"]}
