"""Runs Snakemake so that a killed run can be started again with the same command.

    python workflow_scripts/run.py [Snakemake's arguments]

Holds an OS lock on the working folder for as long as Snakemake lives, so that two runs never write to it at once, and
removes the lock file that a killed Snakemake left behind.
"""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path
from typing import Any

STALE = Path(".snakemake/locks")


def main(arguments: list[str]) -> None:
    """Is Snakemake; exits with 1 and a sentence if another run is going on here."""
    sys.path.insert(0, str(Path(__file__).parent))
    from cardioprior.errors import CardioPriorError
    from run_folder import hold_working_folder

    try:
        hold_working_folder()
    except CardioPriorError as error:
        sys.exit(str(error))
    # Nobody else holds our lock, so whoever made Snakemake's is gone.
    shutil.rmtree(STALE, ignore_errors=True)
    from snakemake.cli import main as snakemake
    from snakemake.scheduling import job_scheduler

    _look_once_a_second(job_scheduler.JobScheduler)
    sys.argv = ["snakemake", *arguments]
    snakemake(arguments)


def _look_once_a_second(scheduler: Any) -> None:
    """Lets one look of the scheduler at its jobs be due at a time.

    Snakemake 9.27 asks for a look a second after each, and each finished job adds a chain of such looks that goes on
    while jobs wait: after hundreds of jobs the looks alone keep a core busy.
    """
    due = threading.Event()

    def ask(self: Any, delay: float) -> None:
        if due.is_set():
            return
        due.set()
        timer = threading.Timer(delay, look, [self])
        timer.daemon = True
        timer.start()

    def look(self: Any) -> None:
        due.clear()
        self._open_jobs.release()

    if hasattr(scheduler, "_schedule_reevalutation"):
        scheduler._schedule_reevalutation = ask


if __name__ == "__main__":
    main(sys.argv[1:])
