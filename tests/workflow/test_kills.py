"""A run of every study, killed at random moments, again and again, and started again as the docs say, ends with an
undisturbed run's tables."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cardioprior import registry
from tests.workflow.workflow_copy import CORES, Workflow, figures_of_tables

pytestmark = pytest.mark.long

OUT = Path("results/smoke")
#: small trainings, too, are interrupted beyond their first checkpoint
OVERLAY = "compute: {checkpoint_seconds: 0.5}\n"
ARGUMENTS = ("tables", *CORES, "--configfile", "config.yaml", "configs/smoke.yaml", "configs/killed.yaml")
KILLS = 20
#: of the time that an undisturbed run takes: the longest that a run is left alone
SHARE = 0.2


def fresh(folder: Path) -> Workflow:
    workflow = Workflow(folder)
    (workflow.folder / "configs" / "killed.yaml").write_text(OVERLAY)
    return workflow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[list[str]]], float]:
    """The tables of a run that nobody disturbed, without times, and how many seconds it took."""
    workflow = fresh(tmp_path_factory.mktemp("undisturbed"))
    begun = time.monotonic()
    workflow.finish(*ARGUMENTS)
    tables = figures_of_tables(workflow.folder / OUT)
    assert set(tables) == set(registry.names("tables")) and sum(map(len, tables.values())) > 500
    return tables, time.monotonic() - begun


def kill_main(run: subprocess.Popen[str]) -> None:
    run.kill()


def kill_all(run: subprocess.Popen[str]) -> None:
    os.killpg(run.pid, signal.SIGKILL)


def terminate_all(run: subprocess.Popen[str]) -> None:
    os.killpg(run.pid, signal.SIGTERM)


@pytest.mark.parametrize(
    "ways", [(kill_main, kill_all), (terminate_all,)], ids=["kill -9 of the main process and of all", "SIGTERM to all"]
)
def test_twenty_kills_at_random_moments_change_no_figure(
    ways: tuple[Callable[[subprocess.Popen[str]], None], ...], undisturbed, tmp_path: Path
) -> None:
    tables, seconds = undisturbed
    moments = random.Random(len(ways))
    runs = [fresh(tmp_path / "0")]
    killed = 0
    while killed < KILLS:
        run = runs[-1].start(*ARGUMENTS, own_group=True)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(moments.uniform(0, SHARE * seconds))
            if run.poll() is None:
                ways[killed % len(ways)](run)
                run.wait()
                killed += 1
            else:
                assert run.returncode == 0, (runs[-1].folder / "run.log").read_text()
                runs.append(fresh(tmp_path / str(len(runs))))
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
    runs[-1].finish(*ARGUMENTS)
    for workflow in runs:
        assert figures_of_tables(workflow.folder / OUT) == tables
        assert not [path for path in (workflow.folder / OUT / "checkpoints").rglob("*") if path.is_file()]
