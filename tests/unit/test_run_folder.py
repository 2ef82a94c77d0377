"""What a run holds: locks that others meet, and the configuration that its jobs read whatever happens to the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardioprior.errors import CardioPriorError
from workflow_scripts import run_folder

SCRIPTS = Path(run_folder.__file__).parent
CONFIG = {"out": "results", "seed": 3, "cohorts": {"a": {"root": None, "frames": [1, 2]}}, "shares": 0.1}


@pytest.fixture(autouse=True)
def _no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (run_folder.FROZEN, run_folder.HOLDER):
        monkeypatch.delenv(name, raising=False)


def test_jobs_read_the_configuration_as_it_was_when_the_run_began(tmp_path, monkeypatch) -> None:
    assert run_folder.frozen() is None  # a job of no run
    monkeypatch.setenv(run_folder.FROZEN, str(run_folder.freeze(tmp_path, CONFIG)))
    assert run_folder.frozen() == CONFIG
    assert run_folder.run_id() and not run_folder.is_over()


def test_a_job_of_a_run_that_another_followed_is_told_so(tmp_path, monkeypatch) -> None:
    first = run_folder.freeze(tmp_path, CONFIG)
    second = run_folder.freeze(tmp_path, CONFIG)
    assert [path.name for path in (tmp_path / ".run").glob("config-*")] == [second.name]
    monkeypatch.setenv(run_folder.FROZEN, str(first))
    assert run_folder.is_over()
    with pytest.raises(CardioPriorError, match="is gone, so another run has followed the one that sent this job"):
        run_folder.frozen()


def test_a_file_system_that_is_away_ends_no_job(tmp_path, monkeypatch) -> None:
    path = run_folder.freeze(tmp_path / "mounted", CONFIG)
    monkeypatch.setenv(run_folder.FROZEN, str(path))
    (tmp_path / "mounted").rename(tmp_path / "unmounted")
    assert not run_folder.is_over()


def test_a_copy_that_somebody_edited_is_refused(tmp_path, monkeypatch) -> None:
    path = run_folder.freeze(tmp_path, CONFIG)
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    monkeypatch.setenv(run_folder.FROZEN, str(path))
    with pytest.raises(CardioPriorError, match="was changed; wanted the configuration as the run wrote it"):
        run_folder.frozen()


def other(statements: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Another process in the same working folder."""
    code = f"import run_folder; from pathlib import Path; {statements}"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)


def test_a_second_run_in_a_folder_or_to_the_same_results_is_refused_until_the_first_is_dead(tmp_path) -> None:
    code = "import run_folder, time; from pathlib import Path; run_folder.begin(Path('out'), {}, 2); "
    first = subprocess.Popen(
        [sys.executable, "-c", code + "print(1, flush=True); time.sleep(600)"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )  # fmt: skip
    try:
        assert first.stdout and first.stdout.readline()
        same_folder = other("run_folder.hold_working_folder()", tmp_path)
        assert f"another run is going on in {tmp_path}: wait for it to end" in same_folder.stderr
        (tmp_path / "elsewhere").mkdir()
        same_results = other("run_folder.begin(Path('../out'), {}, 2)", tmp_path / "elsewhere")
        assert f"another run is going on in {tmp_path / 'out'}: wait" in same_results.stderr
    finally:
        first.kill()
        first.wait()
    assert other("run_folder.begin(Path('out'), {}, 2)", tmp_path).returncode == 0
