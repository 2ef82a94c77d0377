"""What every job does around its work: its times, a full disk, and what a killed one left."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflow_scripts import job, stopwatch


def test_a_jobs_line_tells_its_work_from_the_loading_of_libraries(tmp_path) -> None:
    """In a process that has loaded nothing yet: half a second of work, and a library."""
    code = f"""
import stopwatch, time
from pathlib import Path
with stopwatch.timed(Path({str(tmp_path / "a.log")!r}), rule="train"):
    import numpy
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(stopwatch.__file__).parent)}
    ours = b"x" * (600 << 20)  # memory of the process that starts it is not its own
    before = time.time()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    del ours
    (line,) = map(json.loads, (tmp_path / "a.times.jsonl").read_text().splitlines())
    assert (line["rule"], line["status"]) == ("train", "done")
    assert before - 0.1 <= line["born"] <= line["begun"] <= line["ended"] <= time.time()
    assert 0.5 <= line["work_cpu_s"] < 0.5 + line["loading_cpu_s"] + 0.2
    assert line["loading_cpu_s"] > 0.02
    assert 20 < line["peak_mib"] < 500  # a Python with numpy


def test_a_job_that_fails_leaves_a_line_and_a_second_attempt_another(tmp_path) -> None:
    log = tmp_path / "a.log"
    with pytest.raises(ZeroDivisionError), stopwatch.timed(log, attempt=1):
        _ = 1 / 0
    with stopwatch.timed(log, attempt=2):
        pass
    lines = list(map(json.loads, (tmp_path / "a.times.jsonl").read_text().splitlines()))
    assert [(line["attempt"], line["status"]) for line in lines] == [(1, "failed"), (2, "done")]


def chained() -> Exception:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise RuntimeError("unexpected position") from None
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (chained(), True),  # as torch hides it
        (OSError("Can't write data (errno = 28, error message = 'No space left on device')"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("28"), False),
    ],
)
def test_a_full_disk_is_known_however_it_is_told(error: Exception, full: bool) -> None:
    assert job.is_full(error) is full


def test_temporary_files_of_a_killed_job_go_and_those_of_others_stay(tmp_path) -> None:
    ours, others = [".12.shard-0.h5", ".7.shard-0.h5"], [".7.shard-1.h5", ".7.a.shard-0.h5", "shard-0.h5", ".hidden"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    job._remove_left_overs([tmp_path / "shard-0.h5"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


def test_memory_stays_with_a_job_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PYTHONPATH", job.MAIN_PROCESS, "OMP_WAIT_POLICY", *job.KEPT):
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_")
    job.prepare_environment(tmp_path)
    assert os.environ["MALLOC_TRIM_THRESHOLD_"] == str(256 * 2**20)
    assert os.environ["MALLOC_MMAP_THRESHOLD_"] == "1"
