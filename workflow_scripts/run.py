"""Runs Snakemake so that a killed run can be started again with the same command.

    python workflow_scripts/run.py [Snakemake's arguments]

Holds an OS lock on the working folder for as long as Snakemake lives, so that two runs never write to it at once, and
removes the lock file that a killed Snakemake left behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path

LOCK = Path(".snakemake.run.lock")
STALE = Path(".snakemake/locks")


def main(arguments: list[str]) -> None:
    """Becomes Snakemake; exits with 1 and a sentence if another run is going on here."""
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another run is going on in {Path.cwd()}: wait for it to end, or run in another folder")
    # Nobody else holds our lock, so whoever made Snakemake's is gone.
    shutil.rmtree(STALE, ignore_errors=True)
    # The lock lives in the open file, which Snakemake keeps and its jobs do not inherit.
    os.set_inheritable(lock, True)
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
