"""The profiles: what a cluster is asked for is in one table, and that table knows every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TABLE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
#: rules whose memory the configuration tells
OF_THE_CONFIGURATION = {"train"}


def rules() -> dict[str, dict[str, int]]:
    """Megabytes and minutes that rules with a script ask for without a profile."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    found = {}
    for name, body in re.findall(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", text, re.MULTILINE | re.DOTALL):
        numbers = dict(re.findall(r"^        (mem_mb|runtime)=(\d+),$", body, re.MULTILINE))
        found[name] = {key: int(value) for key, value in numbers.items()}
    return found


def evaluated(expression: object, attempt: int) -> int:
    return int(eval(str(expression), {"attempt": attempt}))


def test_the_table_has_a_row_a_rule_and_no_other() -> None:
    assert len(rules()) > 20
    assert set(TABLE["set-resources"]) == set(rules())
    assert set(TABLE["groups"]) <= set(rules())


@pytest.mark.parametrize("rule", rules())
def test_a_first_attempt_asks_for_what_the_rule_asks_for_and_a_second_for_more(rule: str) -> None:
    row = TABLE["set-resources"][rule]
    assert {key: evaluated(value, 1) for key, value in row.items()} == rules()[rule]
    assert set(row) == {"mem_mb", "runtime"} - ({"mem_mb"} if rule in OF_THE_CONFIGURATION else set())
    if rule not in OF_THE_CONFIGURATION:
        assert all(evaluated(value, 2) > evaluated(value, 1) for value in row.values())


def test_what_a_killed_run_needs_is_in_both_profiles() -> None:
    default = yaml.safe_load((ROOT / "profiles" / "default" / "config.yaml").read_text())
    for key in ("rerun-incomplete", "keep-going"):
        assert default[key] is True and TABLE[key] is True
    assert TABLE["slurm-requeue"] is True and TABLE["restart-times"] > 0
    assert "resources" not in TABLE  # a limit there would be one for the whole cluster
