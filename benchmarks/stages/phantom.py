"""Phantom subjects a second, files included, of every flavour of the embedded default."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import partial
from pathlib import Path

import yaml

from benchmarks.harness import Case, Work
from benchmarks.inputs import ROOT, phantom

GROUP = 2


def cases() -> list[Case]:
    """A flavour each."""
    named = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["cohorts"]
    flavours = [name for name, cohort in named.items() if cohort["adapter"] == "phantom"]
    return [
        Case(
            f"Phantom: {name}",
            "a subject of config.yaml's cohort, made and written",
            {"cardioprior": partial(_generate, name)},
            rounds=2,
            per=(1, "subjects"),
        )
        for name in flavours
    ]


def _generate(name: str) -> Work:
    folder = tempfile.mkdtemp()
    atexit.register(partial(shutil.rmtree, folder, ignore_errors=True))
    cohort = phantom(name, Path(folder), GROUP)
    subjects = iter(cohort.subject_ids() * 9)
    return lambda: cohort.generate(next(subjects))
