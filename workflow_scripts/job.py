"""What every script does around its work: log, threads, one writer a target, no orphans, errors as sentences."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import fork_server
import run_folder
from cardioprior.errors import CardioPriorError
from stopwatch import timed

if TYPE_CHECKING:
    from io import TextIOWrapper

    from cardioprior.plan import Plan
    from snakemake.script import Snakemake

#: process id of the workflow that started this job, set where the rules are read
MAIN_PROCESS = "CARDIOPRIOR_MAIN_PROCESS"
#: settings of glibc, in bytes: blocks up to the one size come from the heap, of which so much stays when it is free
KEPT = {"MALLOC_MMAP_THRESHOLD_": 32 << 20, "MALLOC_TRIM_THRESHOLD_": 256 << 20}
#: seconds between two looks at whether the workflow still lives
LOOK_EVERY = 1.0
#: seconds between two looks at whether another run has followed this job's
LOOK_FOR_RUN_EVERY = 15.0
_stop = threading.Event()


def prepare_environment(scripts: Path) -> None:
    """Called where the rules are read: jobs find the library and know which process to end with.

    Libraries wait passively for work: two jobs of two threads each on two cores are many times slower otherwise. Memory
    that they free stays with the process: a training's steps ask for the same sizes again and again, and pages that
    come and go cost it 8 % of its time.
    """
    paths = [str(scripts), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    os.environ[MAIN_PROCESS] = str(os.getpid())
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    for name, size in KEPT.items():
        os.environ.setdefault(name, str(size))


def stop_requested() -> bool:
    """Whether this job was told to end (SIGTERM, SIGINT, or the workflow is gone); training saves its state then."""
    return _stop.is_set()


def run_job(snakemake: object, main: Callable[[Snakemake, Plan], None], saves_on_stop: bool = False) -> None:
    """Runs a script's `main(snakemake, plan)` with its output in the rule's log; in a fork of the run's server if it
    has one.

    A CardioPriorError ends the job with its sentence, in the log and on the terminal; any other error leaves its
    traceback in the log and one line on the terminal. saves_on_stop: the script asks `stop_requested` and ends by
    itself; other scripts end at once.
    """
    job = cast("Snakemake", snakemake)
    fork_server.hand_over(job.threads)
    terminal = os.dup(2)
    log = Path(str(job.log[0]))
    _redirect(log)
    _end_on_request(saves_on_stop)
    _limit_threads(job.threads)
    warnings.filterwarnings("ignore", module="pydicom")  # they quote what stands in headers
    about = {"run": run_folder.run_id(), "rule": job.rule, "target": str(job.output[0]), "threads": job.threads}
    try:
        plan = _plan(job)
        with _only_writer(plan.out, str(job.output[0])), timed(log, **about):
            _remove_left_overs([Path(str(path)) for path in job.output])
            main(job, plan)
    except CardioPriorError as error:
        _fail(terminal, f"{job.rule}: {error}")
    except Exception as error:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        if is_full(error):
            _fail(terminal, f"{job.rule}: no space is left for {job.output[0]}; the same command goes on once there is")
        _fail(terminal, f"{job.rule}: failed ({type(error).__name__}: {error}); {log} has the details")


def _plan(job: Snakemake) -> Plan:
    """Loaded here: a job that hands its work over needs none of it."""
    from cardioprior import config
    from cardioprior.plan import Plan

    return Plan(config.load(job.config))


def is_full(error: BaseException) -> bool:
    """Whether an error, or one that led to it, is that of a full disk or a used-up quota."""
    full = isinstance(error, OSError) and (
        error.errno in (errno.ENOSPC, errno.EDQUOT) or f"errno = {errno.ENOSPC}," in str(error)  # as HDF5 says it
    )
    cause = error.__cause__ or error.__context__
    return full or (cause is not None and is_full(cause))


def _fail(terminal: int, sentence: str) -> None:
    with contextlib.suppress(OSError):  # the log may be on the disk that is full
        print(sentence, flush=True)
    os.write(terminal, f"\n{sentence}\n".encode(errors="backslashreplace"))
    sys.exit(1)


def _remove_left_overs(targets: list[Path]) -> None:
    """Removes temporary files of jobs that were killed while they wrote what this job writes."""
    for target in targets:
        name = re.compile(rf"\.\d+\.{re.escape(target.name)}")
        for path in target.parent.glob(".*"):
            if name.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _redirect(log: Path) -> None:
    """Sends stdout and stderr, of C libraries and children too, to the rule's log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")  # names of files may be any bytes


def _limit_threads(threads: int) -> None:
    """Libraries read their number of threads from the environment; torch, if it is imported later, too."""
    for name in fork_server.THREADS:
        os.environ[name] = str(threads)


def _end_on_request(saves_on_stop: bool) -> None:
    """Ends this job on SIGTERM or SIGINT, and when the workflow that started it is gone (it would outlive it)."""

    def stop(signal_number: int, frame: Any) -> None:
        if _stop.is_set():
            return  # it comes twice where a whole group of processes gets it
        _stop.set()
        if not saves_on_stop:
            sys.exit(128 + signal_number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    main_process = os.environ.get(MAIN_PROCESS)
    if main_process:
        threading.Thread(target=_watch, args=(int(main_process),), daemon=True).start()


def _watch(main_process: int) -> None:
    """Ends this process when the one that started it is gone, or, wherever that runs, its run is over."""
    born = _start_time(main_process)
    looked = time.monotonic()
    while born is not None and _start_time(main_process) == born:
        time.sleep(LOOK_EVERY)
        if time.monotonic() - looked > LOOK_FOR_RUN_EVERY:
            looked = time.monotonic()
            if run_folder.is_over():
                print("another run has followed the one that sent this job: it ends", flush=True)
                break
    os.kill(os.getpid(), signal.SIGTERM)


def _start_time(process: int) -> str | None:
    """When a process started, in kernel ticks; None if it is gone. Guards against a reused process id.

    A dead process that nobody waited for (as in containers without an init) is gone too.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else fields[19]
    except (OSError, IndexError):
        return None


@contextlib.contextmanager
def _only_writer(out: Path, target: str) -> Iterator[None]:
    """Holds an OS lock on a target, waiting for a job that outlived its workflow to end."""
    folder = out / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / hashlib.sha256(target.encode()).hexdigest()[:16]).open("w") as file:
        if not run_folder.locked(file.fileno(), wait=False):
            print(f"waiting for another job that writes {target}", flush=True)
            run_folder.locked(file.fileno(), wait=True)
        yield
