"""The pinned environment: one set of versions, written twice, for conda and for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "envs" / "requirements.lock"
PIN = re.compile(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.!]*)")


def normal(name: str) -> str:
    """As package indices compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines: list[str]) -> dict[str, str]:
    """Version by name of lines `name==version`; any other line is an error."""
    matches = {line: PIN.fullmatch(line) for line in lines}
    wrong = [line for line, match in matches.items() if not match]
    assert not wrong, f"not a plain pin: {wrong}"
    return {normal(match[1]): match[2] for match in matches.values() if match}


@pytest.fixture(scope="module")
def lock() -> dict[str, str]:
    return pins([line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")])


@pytest.fixture(scope="module")
def conda() -> dict[str, str]:
    environment = yaml.safe_load((ROOT / "envs" / "cardioprior.yaml").read_text())
    (listed,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    return pins(listed)


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def required(requirements: list[str]) -> set[str]:
    return {normal(re.match(r"[A-Za-z0-9._-]+", requirement)[0]) for requirement in requirements}


def test_each_package_is_pinned_once(lock) -> None:
    lines = [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lock) == len(lines) > 50


def test_the_conda_file_pins_what_the_lock_pins(lock, conda) -> None:
    assert conda
    assert {name: lock.get(name) for name in conda} == conda


def test_every_run_time_dependency_is_pinned_in_both(lock, conda, project) -> None:
    needed = required(project["dependencies"])
    assert needed <= lock.keys(), needed - lock.keys()
    assert needed <= conda.keys(), needed - conda.keys()


def test_a_pin_is_not_below_what_the_project_asks_for(lock, project) -> None:
    def numbers(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", version))

    bounds = [re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", requirement) for requirement in project["dependencies"]]
    assert all(bounds)
    for bound in bounds:
        assert numbers(lock[normal(bound[1])]) >= numbers(bound[2]), bound[1]


def test_what_the_tests_and_the_checks_need_is_locked_too(lock, project) -> None:
    extras = project["optional-dependencies"]
    needed = required(
        extras["oracles"] + extras["slurm"] + extras["lint"] + [r for r in extras["test"] if "[" not in r]
    )
    assert needed <= lock.keys(), needed - lock.keys()


def test_the_lock_names_no_host_no_path_and_no_build_of_one_machine() -> None:
    text = LOCK.read_text()
    for word in ("://", "@", "/", "\\", "+cpu", "+cu", "localhost", "--"):
        assert word not in text, f"{LOCK.name} says {word}"
