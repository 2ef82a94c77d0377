"""A training killed at any point goes on with the same command, and ends with the very weights of an undisturbed one."""

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
    needed = ("prepared/thesis_segmentation/phantom_clinical/shard-0.h5", "splits/thesis_segmentation/phantom_clinical.tsv")
    workflow.finish(*(str(OUT / path) for path in needed), *ARGUMENTS[1:])
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


@contextlib.contextmanager
def in_the_middle(workflow: Workflow) -> Iterator[tuple[subprocess.Popen[str], psutil.Process, psutil.Process]]:
    """A run that has trained a few epochs: run.py, Snakemake and the training job; none is left at the end."""
    run = workflow.start(*ARGUMENTS)
    everyone: list[psutil.Process] = []
    try:
        until(
            lambda: run.poll() is not None
            or (epochs_done(workflow) >= 3 and list((workflow.folder / CHECKPOINTS).glob("*.pt"))),
            "three epochs are trained",
        )
        assert run.poll() is None, (workflow.folder / "run.log").read_text()
        everyone = psutil.Process(run.pid).children(recursive=True)
        (main,) = psutil.Process(run.pid).children()
        # the script may be started through a shell: the job is the last of the line
        job = next(p for p in everyone if p.cmdline()[-1:] and p.cmdline()[-1].endswith(".train.py"))
        yield run, main, job
    finally:
        for process in everyone:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if run.poll() is None:
            run.kill()
        run.wait()


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def assert_unfinished(workflow: Workflow) -> None:
    assert 3 <= epochs_done(workflow) < EPOCHS
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


def test_a_killed_training_job_goes_on_to_the_very_same_weights(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, _, job):
        job.kill()
        assert run.wait() != 0
    assert_unfinished(workflow)
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_after_a_killed_main_process_the_job_ends_and_the_same_command_goes_on(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, main, job):
        run.kill()
        main.kill()
        until(lambda: gone(job), "the job notices that its workflow is gone")
    assert_unfinished(workflow)
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_all_killed_at_once_as_by_a_power_cut_goes_on_to_the_very_same_weights(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, main, job):
        for process in (run, main, job):
            process.kill()
    assert_unfinished(workflow)
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_a_job_asked_to_stop_saves_and_says_so(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, _, job):
        job.send_signal(signal.SIGTERM)
        assert run.wait() != 0
    assert_unfinished(workflow)
    (checkpoint,) = (workflow.folder / CHECKPOINTS).glob("*.pt")
    state = torch.load(checkpoint, weights_only=True)["state"]
    sentence = f"train: training was asked to stop in segmentation, epoch {state['epoch']}, step {state['steps_done']}; "
    said = (workflow.folder / "run.log").read_text()
    assert sentence + "the same command goes on from there" in said
    assert_goes_on_to_the_same(workflow, undisturbed)


def test_training_time_is_that_of_all_parts_together(workflow, undisturbed) -> None:
    with in_the_middle(workflow) as (run, _, job):
        job.kill()
        assert run.wait() != 0
    (checkpoint,) = (workflow.folder / CHECKPOINTS).glob("*.pt")
    before = torch.load(checkpoint, weights_only=True)["state"]["seconds"]
    workflow.finish(*ARGUMENTS)
    about = json.loads((workflow.folder / MODEL / "model.json").read_text())
    assert about["training_seconds"] > before > 0
    assert about["samples"] == json.loads((undisturbed.folder / MODEL / "model.json").read_text())["samples"]


def test_a_second_run_in_the_same_folder_is_refused_with_a_sentence(workflow) -> None:
    with in_the_middle(workflow) as (run, _, job):
        second = workflow.run(*ARGUMENTS)
        assert second.returncode == 1
        assert second.stdout == (
            f"another run is going on in {os.path.realpath(workflow.folder)}: wait for it to end, or run in another folder\n"
        )
        assert run.poll() is None and not gone(job)
