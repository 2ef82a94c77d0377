"""A small study from DICOM to its tables through a real SLURM, with its jobs killed in every way that clusters know."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
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
MODELS = ("unet_3d", "pspu_net")
EPOCHS = 60
MODEL = OUT / "models" / STUDY / "main" / "unet_3d"
CHECKPOINTS = OUT / "checkpoints" / "models" / STUDY / "main" / "unet_3d"
LOG = OUT / "logs" / "train" / STUDY / "main" / "unet_3d.log"
TRAIN = (str(MODEL / "model.pt"), *PROFILE, *CONFIGURATION)


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


# --- a run


def test_the_tables_are_those_of_a_local_run(local, remote) -> None:
    ours, theirs = (figures_of_tables(workflow.folder / OUT) for workflow in (remote, local))
    assert set(ours) == {"thesis_table_5_1", "thesis_table_5_2"} and sum(map(len, ours.values())) > 50
    assert ours == theirs


def jobs_of(slurm: Slurm, workflow: Workflow) -> dict[str, list[dict[str, str]]]:
    """What SLURM knows of a workflow's jobs, in the order of their submission, by the name of rule or group."""
    found: dict[str, list[dict[str, str]]] = {}
    for _, job in sorted(slurm.jobs().items()):
        if job["WorkDir"] == os.path.realpath(workflow.folder):
            name = re.match(r"rule_(.*?)(_wildcards_.*|$)", job["Comment"])
            found.setdefault(name[1] if name else job["Comment"], []).append(job)
    return found


def test_every_job_of_the_run_went_through_slurm_and_a_chain_of_light_ones_as_one(slurm, remote) -> None:
    jobs = jobs_of(slurm, remote)
    assert {name: len(of_it) for name, of_it in jobs.items()} == {
        "phantom": 1, "find": 1, "convert": 1, "onboard_cohort": 1, "split": 1, "records_prepare": 1, "train": 4,
        "describe": 1, "scores_evaluate_predict": 1, "table": 2,
    }  # fmt: skip


def test_a_job_killed_for_memory_is_sent_again_with_more(slurm, remote) -> None:
    trainings = jobs_of(slurm, remote)["train"]
    for model in MODELS:
        first, second = (job for job in trainings if job["Comment"].endswith(model))
        assert (first["JobState"], first["MinMemoryNode"]) == ("FAILED", f"{TOO_LITTLE_MB}M")
        assert (second["JobState"], second["MinMemoryNode"]) == ("COMPLETED", "2000M")
    assert "exceeded" in (slurm.folder / "slurmd.log").read_text() + (slurm.folder / "slurmctld.log").read_text()


def test_jobs_have_the_resources_that_the_table_asks_for(slurm, remote) -> None:
    table = yaml.safe_load((remote.folder / "profiles" / "slurm" / "config.yaml").read_text())["set-resources"]
    for rule, jobs in jobs_of(slurm, remote).items():
        if rule not in table or rule == "train":
            continue
        memory, minutes = (int(eval(str(table[rule][key]), {"attempt": 1})) for key in ("mem_mb", "runtime"))
        for job in jobs:
            hours, rest = divmod(minutes, 60)
            assert (job["MinMemoryNode"], job["TimeLimit"]) == (f"{memory}M", f"{hours:02d}:{rest:02d}:00")
            assert (job["JobState"], job["CPUs/Task"], job["Partition"]) == ("COMPLETED", "1", "cpu")
            assert "TresPerJob" not in job
    for job in jobs_of(slurm, remote)["train"]:
        assert (job["TresPerJob"], job["Partition"], job["TimeLimit"]) == ("gres:gpu:1", "gpu", "2-00:00:00")
    chains = jobs_of(slurm, remote)["scores_evaluate_predict"]
    assert {(job["MinMemoryNode"], job["TimeLimit"]) for job in chains} == {("4000M", "08:00:00")}


def test_every_job_keeps_its_log_its_measurements_and_the_schedulers_log(slurm, remote) -> None:
    for jobs in jobs_of(slurm, remote).values():
        assert all(Path(job["StdOut"]).stat().st_size for job in jobs)
    logs = remote.folder / OUT / "logs"
    for ending in (".log", ".times.jsonl"):
        kept = {path.relative_to(logs).parts[0] for path in logs.rglob(f"*{ending}")}
        assert {"phantom", "find", "convert", "prepare", "train", "predict", "evaluate", "table"} <= kept


# --- what happens to jobs on clusters


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A copy in which all is done that comes before training."""
    workflow = workflow_in(tmp_path_factory.mktemp("prepared"), EPOCHS)
    needed = (OUT / "prepared" / STUDY / "shard-0.h5", OUT / "splits" / STUDY.with_suffix(".tsv"))
    workflow.finish(*map(str, needed), *CORES, *CONFIGURATION)
    return workflow


def copied(prepared: Workflow, folder: Path) -> Workflow:
    workflow = Workflow(folder)
    for part in (".snakemake", "results", "configs", "profiles"):
        shutil.copytree(prepared.folder / part, folder / part, dirs_exist_ok=True)
    return workflow


@pytest.fixture(scope="module")
def undisturbed(prepared: Workflow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    """The weights of a training that nobody disturbed."""
    workflow = copied(prepared, tmp_path_factory.mktemp("undisturbed"))
    workflow.finish(str(MODEL / "model.pt"), *CORES, *CONFIGURATION)
    return weights(workflow)


def weights(workflow: Workflow) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(workflow.folder / MODEL / "model.pt", weights_only=True)["networks"][
        "segmentation"
    ]
    return found


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []


def place(workflow: Workflow) -> tuple[int, int]:
    """Epoch and step of the one checkpoint; (0, 0) without one."""
    found = list((workflow.folder / CHECKPOINTS).glob("[!.]*.pt"))
    if not found:
        return 0, 0
    state = torch.load(found[0], weights_only=True)["state"]
    return state["epoch"], state["steps_done"]


def log(workflow: Workflow) -> str:
    path = workflow.folder / LOG
    return path.read_text() if path.is_file() else ""


@contextlib.contextmanager
def ends(run: subprocess.Popen[str]) -> Iterator[None]:
    """No run is left behind."""
    try:
        yield
    finally:
        if run.poll() is None:
            run.terminate()
            run.wait()


def test_a_preempted_training_saves_its_state_waits_and_goes_on_and_so_does_one_whose_node_dies(
    slurm, prepared, undisturbed, tmp_path
) -> None:
    workflow = copied(prepared, tmp_path / "disturbed")
    run = workflow.start(*TRAIN)
    with ends(run):
        until(lambda: place(workflow)[0] >= 2 or run.poll() is not None, "the training has begun")
        (job,) = (number for number, its in slurm.jobs().items() if its["WorkDir"] == os.path.realpath(workflow.folder))

        with (workflow.folder / "configs" / "one_study.yaml").open("a") as overlay:
            overlay.write("seed: 7\n")  # is for the next run: jobs of this one go on as it began
        urgent = int(slurm.call("sbatch", "--parsable", "-p", "urgent", "-n", str(one_node.CPUS), "-o", "/dev/null",
                                "--wrap", "sleep 5"))  # fmt: skip
        until(lambda: slurm.jobs()[job]["JobState"] == "PENDING", "the training is queued again")
        saved = place(workflow)
        assert "training was asked to stop in segmentation, epoch {}, step {};".format(*saved) in log(workflow)
        until(lambda: slurm.jobs()[urgent]["JobState"] == "COMPLETED", "the urgent job has been done")
        slurm.call("scontrol", "update", f"jobid={job}", "starttime=now")  # SLURM lets it wait for two minutes
        until(lambda: "going on from" in log(workflow), "the training goes on")
        assert "going on from epoch {}, step {} of segmentation".format(*saved) in log(workflow)  # no step is lost

        until(lambda: place(workflow)[0] >= saved[0] + 2 or run.poll() is not None, "it has gone on for a while")
        slurm.power_cut()
        reached = place(workflow)
        assert saved < reached < (EPOCHS, 0) and not (workflow.folder / MODEL / "model.pt").exists()
        slurm.start_node()
        slurm.call("scontrol", "update", f"jobid={job}", "starttime=now")
        until(lambda: run.poll() is not None, "the run ends")
    assert run.returncode == 0, (workflow.folder / "run.log").read_text()
    assert int(slurm.jobs()[job]["Restarts"]) == 2
    assert "going on from epoch {}, step {} of".format(*reached) in log(workflow)
    assert_same(weights(workflow), undisturbed)


def test_jobs_whose_run_was_killed_end_when_the_next_run_begins_which_goes_on_from_where_they_were(
    slurm, prepared, undisturbed, tmp_path
) -> None:
    workflow = copied(prepared, tmp_path / "disturbed")
    run = workflow.start(*TRAIN)
    with ends(run):
        until(lambda: place(workflow)[0] >= 2 or run.poll() is not None, "the training has begun")
        second = workflow.run(*TRAIN)
        where = os.path.realpath(workflow.folder)
        assert second.returncode == 1
        assert second.stdout == f"another run is going on in {where}: wait for it to end, or run in another folder\n"
        run.kill()
        run.wait()
        reached = place(workflow)
    workflow.finish(*TRAIN)
    first, second = jobs_of(slurm, workflow)["train"]
    assert (first["JobState"], second["JobState"]) == ("FAILED", "COMPLETED")
    found = re.search(r"going on from epoch (\d+), step (\d+) of", log(workflow))
    assert found and (int(found[1]), int(found[2])) >= reached
    assert_same(weights(workflow), undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own with room for what comes before training, and little more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_in_a_sentence_and_once_there_is_room_the_same_command_goes_on(
    prepared, undisturbed, small_disk, tmp_path, slurm
) -> None:
    workflow = copied(prepared, tmp_path / "disturbed")
    shutil.copytree(workflow.folder / "results", small_disk, dirs_exist_ok=True)
    shutil.rmtree(workflow.folder / "results")
    (workflow.folder / "results").symlink_to(small_disk)
    filler = small_disk / "filler"
    disk = os.statvfs(small_disk)
    filler.write_bytes(bytes(disk.f_bavail * disk.f_frsize - 64 * 1024))
    done = workflow.run(*TRAIN, "--restart-times", "0")
    assert done.returncode != 0
    (job,) = jobs_of(slurm, workflow)["train"]
    sentence = f"train: no space is left for {MODEL / 'model.pt'}; the same command goes on once there is"
    assert sentence in Path(job["StdOut"]).read_text()
    filler.unlink()
    workflow.finish(*TRAIN, "--restart-times", "0")
    assert_same(weights(workflow), undisturbed)
