"""What a run holds while it lives: an OS lock on its folders, and the configuration that its jobs read.

A job on a cluster reads the configuration again when it starts, hours after the run did. So a run writes it down once
(`freeze`), and its jobs take that copy (`frozen`): an edit of config.yaml is for the next run. The copy is the sign of
the run, too: the next run removes it, and jobs that the former left behind end (`is_over`).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardioprior import atomic
from cardioprior.errors import CardioPriorError
from stopwatch import age_s

#: the file, below the working folder, on which `run.py` and every other run hold a lock
LOCK = Path(".snakemake.run.lock")
#: environment variables: the process that holds LOCK, and the copy of the configuration that jobs read
HOLDER, FROZEN = "CARDIOPRIOR_LOCK_HOLDER", "CARDIOPRIOR_CONFIG"
_held: list[int] = []


def hold(path: Path, what: str) -> None:
    """Holds an OS lock on a file until this process ends. Raises CardioPriorError where another process does.

    what: the folder that it stands for, as the error names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT)  # jobs do not inherit it
    if not locked(lock, wait=False):
        os.close(lock)
        raise CardioPriorError(f"another run is going on in {what}: wait for it to end, or run in another folder")
    _held.append(lock)


def locked(file: int, wait: bool) -> bool:
    """Takes an OS lock on an open file; False where another process holds it and we do not wait.

    True, with a sentence on stderr, on a file system without locks (Lustre mounted without `flock`).
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        print(
            f"this file system has no locks ({error.strerror}): see to it that one run is on at a time", file=sys.stderr
        )
    return True


def hold_working_folder() -> None:
    """Holds the lock on the working folder, unless this process does already."""
    if os.environ.get(HOLDER) != str(os.getpid()):
        hold(LOCK, str(Path.cwd()))
        os.environ[HOLDER] = str(os.getpid())


def begin(out: Path, config: Mapping[str, Any], cores: int | None) -> None:
    """Called when a run starts its first job: excludes others, and writes the configuration down for the jobs.

    Plain `snakemake` holds the locks from here on, too, so that `run.py` beside it is refused instead of taking away
    its lock. cores: that jobs share on this machine, None on a cluster; kept in run.json with the time at which this
    process began. Raises CardioPriorError where another run works in this folder or writes to `out`.
    """
    hold_working_folder()
    hold(out / ".run" / "lock", str(out.resolve()))
    os.environ[FROZEN] = str(freeze(out, config))
    began = round(time.time() - age_s(), 3)
    atomic.write_json(about_run(out), {"run": run_id(), "began": began, "cores": cores})


def about_run(out: Path) -> Path:
    """The file that says which run is, or was last, on in a folder, and since when."""
    return out / ".run" / "run.json"


def freeze(out: Path, config: Mapping[str, Any]) -> Path:
    """Writes the configuration as its jobs will read it, under a name that ends with its digest, and removes those of
    earlier runs."""
    text = json.dumps(config, indent=1, default=str)
    path = (out / ".run" / f"config-{uuid.uuid4().hex[:12]}-{_digest(text)}.json").resolve()
    atomic.write_text(path, text)
    for other in path.parent.glob("config-*.json"):
        if other != path:
            other.unlink(missing_ok=True)
    return path


def frozen() -> dict[str, Any] | None:
    """The configuration of the run that sent this job; None where the environment does not name one.

    Raises CardioPriorError where that run was followed by another, and where somebody edited the copy.
    """
    name = os.environ.get(FROZEN)
    if not name:
        return None
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardioPriorError(f"{path}: is gone, so another run has followed the one that sent this job") from None
    if _digest(text) != path.stem.rpartition("-")[2]:
        raise CardioPriorError(f"{path}: was changed; wanted the configuration as the run wrote it. Start the run anew")
    config: dict[str, Any] = json.loads(text)
    return config


def is_over() -> bool:
    """Whether the run that sent this job was followed by another. Any doubt (a file system that is away) is a no."""
    name = os.environ.get(FROZEN)
    if not name:
        return False
    try:
        os.stat(name)
    except FileNotFoundError:
        return Path(name).parent.is_dir()
    except OSError:
        pass
    return False


def run_id() -> str:
    """A name of the run that this process is or that sent this job; empty if it has not begun."""
    return Path(os.environ.get(FROZEN, "")).stem.removeprefix("config-").partition("-")[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
