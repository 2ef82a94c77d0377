"""The recipes of the images: they install the lock and hold all that a run reads; their commands work from nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.workflow_copy import PARTS, Workflow

ROOT = Path(__file__).parents[2]
DOCKER, APPTAINER = ROOT / "envs" / "Dockerfile", ROOT / "envs" / "cardioprior.def"
PYTHON = re.compile(r"python:(\d+\.\d+)-slim")


def installs(recipe: Path) -> list[list[str]]:
    """Arguments of the recipe's calls of pip."""
    found = re.findall(r"^\s*(?:RUN )?python -m pip install (.*)$", recipe.read_text(), re.MULTILINE)
    return [command.split() for command in found]


def test_both_install_the_lock_on_the_python_of_the_conda_file() -> None:
    (wanted,) = re.findall(r"python=(\S+)", (ROOT / "envs" / "cardioprior.yaml").read_text())
    for recipe in (DOCKER, APPTAINER):
        assert PYTHON.findall(recipe.read_text()) == [wanted]
        assert installs(recipe)[0][-2] == "-r" and installs(recipe)[0][-1].endswith("requirements.lock")


def test_the_image_holds_what_a_copy_of_the_workflow_needs() -> None:
    copied = {
        word for line in re.findall(r"^COPY (.*) \S+$", DOCKER.read_text(), re.MULTILINE) for word in line.split()
    }
    assert set(PARTS) | {"pyproject.toml", "README.md", "LICENSE"} <= copied
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.long
def test_the_recipes_commands_make_a_working_environment_from_nothing(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **pip_settings()}
    for arguments in installs(DOCKER):
        subprocess.run([python, "-m", "pip", "install", "-q", *arguments], cwd=ROOT, env=environment, check=True)
    subprocess.run([python, "-m", "pip", "check"], env=environment, check=True)
    dry = [python, "workflow_scripts/run.py", "-n", "--quiet", "all", "--config", f"out={tmp_path / 'out'}"]
    done = subprocess.run(dry, cwd=Workflow(tmp_path / "copy").folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "This was a dry-run" in done.stdout + done.stderr


def pip_settings() -> dict[str, str]:
    """Where this machine's pip finds packages."""
    import os

    return {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")}
