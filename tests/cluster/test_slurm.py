"""A small study from DICOM to its tables through a real SLURM, with its jobs killed in every way that clusters know."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from tests.cluster import one_node
from tests.cluster.one_node import Slurm, until
from tests.workflow.workflow_copy import CORES, Workflow, figures_of_tables

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(one_node.why_not()), reason=one_node.why_not())]

OUT = Path("results/smoke")
STUDY = Path("thesis_segmentation", "phantom_clinical")
CONFIGURATION = ("--configfile", "config.yaml", "configs/smoke.yaml", "configs/one_study.yaml")
#: as a site's users would: without accounting, and looking more often, since jobs here last seconds
PROFILE = (
    "--workflow-profile", "profiles/slurm", "--slurm-status-command", "squeue", "--seconds-between-status-checks", "1",
    "--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10",
)  # fmt: skip
#: MB in which Snakemake runs, and the training that it starts does not
TOO_LITTLE_MB = 400
TRAINING = {"unet_3d": 1, "pspu_net": 1}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    with one_node.running(tmp_path_factory.mktemp("slurm") / "one") as cluster:
        yield cluster


def workflow_in(folder: Path, epochs: int = 1, **tables: dict[str, Any]) -> Workflow:
    """A copy whose configuration is one study with trainings of so many epochs; tables: rows of the profile's table."""
    workflow = Workflow(folder)
    models = {"unet_3d": {"epochs": epochs}, "pspu_net": {"epochs": epochs}}
    overlay = {
        "studies": [STUDY.parent.name],
        "cohorts": {"phantom_clinical": {"subjects_per_group": 1}},
        "compute": {"checkpoint_seconds": 0.05},
        STUDY.parent.name: {"split": {"test": 0.2, "validation": 0.2}, "models": models},
    }
    (folder / "configs" / "one_study.yaml").write_text(yaml.safe_dump(overlay))
    profile = folder / "profiles" / "slurm" / "config.yaml"
    settings = yaml.safe_load(profile.read_text())
    for rule, row in tables.items():
        settings["set-resources"][rule].update(row)
    profile.write_text(yaml.safe_dump(settings))
    return workflow


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The same study without a cluster."""
    workflow = workflow_in(tmp_path_factory.mktemp("local"))
    workflow.finish("tables", *CORES, *CONFIGURATION)
    return workflow


@pytest.fixture(scope="module")
def remote(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """The study through SLURM, whose trainings ask for a GPU and, at first, for too little memory."""
    row = {"mem_mb": f"{TOO_LITTLE_MB} if attempt == 1 else 2000", "gpu": 1, "slurm_partition": "gpu"}
    workflow = workflow_in(tmp_path_factory.mktemp("remote"), train=row)
    workflow.finish("tables", *PROFILE, *CONFIGURATION)
    return workflow


def rule_of(job: dict[str, str]) -> str:
    return re.sub(r"^(rule|group)_(\w+?)_(wildcards|.*$)?", r"\2", job["Comment"])


def test_the_tables_are_those_of_a_local_run(local, remote) -> None:
    ours, theirs = (figures_of_tables(workflow.folder / OUT) for workflow in (remote, local))
    assert set(ours) == {"thesis_table_5_1", "thesis_table_5_2"} and sum(map(len, ours.values())) > 50
    assert ours == theirs


def test_jobs(slurm, remote) -> None:
    for job in slurm.jobs().values():
        print({k: job.get(k) for k in ("JobId", "JobState", "Comment", "MinMemoryNode", "TimeLimit", "Partition", "TresPerJob", "StdOut", "CPUs/Task")})
    assert 0
