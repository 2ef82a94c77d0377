"""A copy of the workflow in a folder of its own, run as its users run it."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "rules", "workflow_scripts", "configs", "profiles", "envs")
SMOKE = ("--configfile", "config.yaml", "configs/smoke.yaml")
CORES = ("--cores", "2")


def environment() -> dict[str, str]:
    """Ours, without what would lead jobs to another copy of the library or to other settings of Snakemake."""
    dropped = (
        "PYTHONPATH", "CARDIOPRIOR_MAIN_PROCESS", "CARDIOPRIOR_LOCK_HOLDER", "CARDIOPRIOR_CONFIG", "SNAKEMAKE_PROFILE",
    )  # fmt: skip
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**{k: v for k, v in os.environ.items() if k not in dropped}, "PATH": path}


class Workflow:
    """A copy of the workflow below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            if (ROOT / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(ROOT / part, folder / part, ignore=ignored)
            else:
                shutil.copy2(ROOT / part, folder / part)

    @property
    def library(self) -> Path:
        """The copied library."""
        return self.folder / "workflow_scripts" / "cardioprior"

    def command(self, *arguments: str) -> list[str]:
        """The documented way to run."""
        return [sys.executable, "workflow_scripts/run.py", *arguments]

    def start(self, *arguments: str, own_group: bool = False) -> subprocess.Popen[str]:
        """Starts a run and does not wait; its output goes to run.log in the folder. own_group: a process group that
        can be killed without us."""
        with (self.folder / "run.log").open("w") as log:
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=environment(), stdout=log, stderr=log, text=True,
                start_new_session=own_group,
            )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs to the end, well or badly; stdout has all output."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, *arguments: str) -> str:
        """The output of a run that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def planned(self, *arguments: str) -> set[tuple[str, str]]:
        """What a dry run would do: rule and first output of every job that has one."""
        text = self.finish("--dry-run", *arguments)
        jobs = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", text, re.MULTILINE)
        outputs = ((rule, re.search(r"^    output: ([^\s,]+)", block, re.MULTILINE)) for rule, block in jobs)
        return {(rule, output[1]) for rule, output in outputs if output}


def figures_of_tables(results: Path) -> dict[str, list[list[str]]]:
    """The rows of every table of a run, except those whose unit is time."""
    found = {}
    for path in sorted((results / "tables").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        unit = header.index("unit")
        found[path.stem] = [header, *(row for row in rows if row[unit] not in ("s", "h"))]
    return found
