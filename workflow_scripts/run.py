"""Runs Snakemake so that a killed run can be started again with the same command.

    python workflow_scripts/run.py [Snakemake's arguments]

Holds an OS lock on the working folder, so that two runs never write to it at once; while it holds the lock it removes
the one that a killed Snakemake left behind; names the report at the end.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import subprocess
import sys
from pathlib import Path

LOCK = Path(".snakemake.run.lock")
STALE = Path(".snakemake/locks")


def main(arguments: list[str]) -> int:
    """The exit status of Snakemake, or 1 with a sentence if another run is going on here."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another run is going on in {Path.cwd()}: wait for it to end, or run in another folder",
                  file=sys.stderr)  # fmt: skip
            return 1
        # Nobody else holds our lock, so whoever made Snakemake's is gone.
        shutil.rmtree(STALE, ignore_errors=True)
        process = subprocess.Popen([sys.executable, "-m", "snakemake", *arguments], pass_fds=[lock.fileno()])
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, frame: process.send_signal(received))
        status = process.wait()
    if status == 0 and "-n" not in arguments:
        reports = sorted(Path.cwd().glob("results/**/report/index.html"), key=lambda path: path.stat().st_mtime)
        if reports:
            print(f"The report is {reports[-1]}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
