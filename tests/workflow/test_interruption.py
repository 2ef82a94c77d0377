"""A training killed at any point goes on with the same command and ends with the weights of an undisturbed one."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from tests.workflow.workflow_copy import CORES, Workflow

pytestmark = pytest.mark.slow

OUT = Path("results/smoke")
MODEL = OUT / "models" / "thesis_segmentation" / "phantom_clinical" / "main" / "unet_3d"
TARGET = str(MODEL / "model.pt")
CHECKPOINTS = OUT / "checkpoints" / "models" / "thesis_segmentation" / "phantom_clinical" / "main" / "unet_3d"
LOG = OUT / "logs" / "train" / "thesis_segmentation" / "phantom_clinical" / "main" / "unet_3d.log"
EPOCHS = 25
#: bounds of polling, far above what is needed: no test fails because a machine is slow
PATIENCE_S = 600
OVERLAY = f"""
shards: 1
studies: [thesis_segmentation]
compute: {{checkpoint_seconds: 0.05}}
cohorts:
  phantom_clinical: {{subjects_per_group: 1}}
thesis_segmentation:
  split: {{test: 0.2, validation: 0.2}}
  models:
    unet_3d: {{epochs: {EPOCHS}}}
"""
ARGUMENTS = (TARGET, *CORES, "--configfile", "config.yaml", "configs/smoke.yaml", "configs/long.yaml")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A copy in which all is done that comes before training."""
    workflow = Workflow(tmp_path_factory.mktemp("prepared"))
    (workflow.folder / "configs" / "long.yaml").write_text(OVERLAY)
    cohort = Path("thesis_segmentation", "phantom_clinical")
    needed = (OUT / "prepared" / cohort / "shard-0.h5", OUT / "splits" / cohort.with_suffix(".tsv"))
    workflow.finish(*map(str, needed), *ARGUMENTS[1:])
    return workflow


def copied(prepared: Workflow, folder: Path) -> Workflow:
    workflow = Workflow(folder)
    for part in (".snakemake", "results", "configs"):
        shutil.copytree(prepared.folder / part, folder / part, dirs_exist_ok=True)
    return workflow


@pytest.fixture(scope="module")
def undisturbed(prepared: Workflow, tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A copy with a training that nobody disturbed."""
    workflow = copied(prepared, tmp_path_factory.mktemp("undisturbed"))
    assert "rule train" in workflow.finish(*ARGUMENTS)
    return workflow


@pytest.fixture
def workflow(prepared: Workflow, tmp_path: Path) -> Workflow:
    return copied(prepared, tmp_path / "disturbed")


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s in vain until {what}"
        time.sleep(0.02)


def epochs_done(workflow: Workflow) -> int:
    try:
        with (workflow.folder / MODEL / "training_log.csv").open(newline="") as file:
            return sum(row["split"] == "train" for row in csv.DictReader(file))
    except OSError:
        return 0


def has_begun(workflow: Workflow) -> bool:
    return epochs_done(workflow) >= 3 and any((workflow.folder / CHECKPOINTS).glob("[!.]*.pt"))


@contextlib.contextmanager
def in_the_middle(workflow: Workflow) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A run that has trained a few epochs: its main process and its training job; neither is left at the end."""
    run = workflow.start(*ARGUMENTS)
    children: list[psutil.Process] = []
    try:
        until(lambda: run.poll() is not None or has_begun(workflow), "three epochs are trained")
        assert run.poll() is None, (workflow.folder / "run.log").read_text()
        children = psutil.Process(run.pid).children(recursive=True)
        # a shell may stand between: the job is the one that runs the script
        yield run, next(p for p in children if p.cmdline()[-1:] and p.cmdline()[-1].endswith(".train.py"))
    finally:
        for process in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if run.poll() is None:
            run.kill()
        run.wait()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def checkpointed(workflow: Workflow) -> dict[str, Any]:
    """Where the one checkpoint stands."""
    (checkpoint,) = (workflow.folder / CHECKPOINTS).glob("[!.]*.pt")
    return dict(torch.load(checkpoint, weights_only=True)["state"])


def assert_unfinished(workflow: Workflow) -> None:
    assert 1 <= checkpointed(workflow)["epoch"] < EPOCHS
    assert not (workflow.folder / TARGET).exists()


def assert_goes_on_to_the_same(workflow: Workflow, undisturbed: Workflow) -> None:
    """The same command again succeeds, starts from a checkpoint and ends with the same bits."""
    workflow.finish(*ARGUMENTS)
    log = (workflow.folder / LOG).read_text()
    assert "going on from epoch" in log
    assert "going on from epoch 0" not in log
    ours, theirs = (
        torch.load(w.folder / TARGET, weights_only=True)["networks"]["segmentation"] for w in (workflow, undisturbed)
    )
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    assert losses(workflow) == losses(undisturbed)
    assert not list((workflow.folder / CHECKPOINTS).glob("*"))


def losses(workflow: Workflow) -> list[list[str]]:
    """The training log without its times."""
    with (workflow.folder / MODEL / "training_log.csv").open(newline="") as file:
        return [row[:-1] for row in csv.reader(file)]


def test_a_killed_training_job_goes_on_to_the_very_same_weights_and_counts_its_time(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, job):
        job.kill()
        assert run.wait() != 0
    assert_unfinished(workflow)
    before = checkpointed(workflow)["seconds"]
    assert_goes_on_to_the_same(workflow, undisturbed)
    ours, theirs = (json.loads((w.folder / MODEL / "model.json").read_text()) for w in (workflow, undisturbed))
    assert ours["training_seconds"] > before > 0
    assert ours["samples"] == theirs["samples"]


def test_a_job_ends_with_its_killed_workflow_and_the_same_command_goes_on(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, job):
        run.kill()  # and nobody waits for it: a zombie is dead too
        until(lambda: gone(job), "the job notices that its workflow is gone")
    assert_unfinished(workflow)
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_the_same_command_right_after_the_kill_waits_for_the_job_that_is_left(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, job):
        run.kill()
        run.wait()
        assert_goes_on_to_the_same(workflow, undisturbed)
        assert gone(job)


def test_all_killed_at_once_as_by_a_power_cut_goes_on_to_the_very_same_weights(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, job):
        run.kill()
        job.kill()
    assert_unfinished(workflow)
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_a_job_asked_to_stop_saves_and_says_so(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, job):
        job.send_signal(signal.SIGTERM)
        assert run.wait() != 0
    assert_unfinished(workflow)
    state = checkpointed(workflow)
    place = f"epoch {state['epoch']}, step {state['steps_done']}"
    sentence = f"train: training was asked to stop in segmentation, {place}; the same command goes on from there"
    assert sentence in (workflow.folder / "run.log").read_text()
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_a_second_run_in_the_same_folder_is_refused_with_a_sentence(workflow) -> None:
    with in_the_middle(workflow) as (run, job):
        second = workflow.run(*ARGUMENTS)
        assert second.returncode == 1
        where = os.path.realpath(workflow.folder)
        assert second.stdout == f"another run is going on in {where}: wait for it to end, or run in another folder\n"
        assert run.poll() is None and not gone(job)
