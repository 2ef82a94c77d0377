"""When a job ran and what its time went to: a line a job in a file beside its log, for the timeline of the run."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: what the name of a log becomes
SUFFIX = ".times.jsonl"
#: Linux counts resident memory in KiB
KIB_PER_MIB = 1024
_born: float | None = None


@contextlib.contextmanager
def timed(log: Path, **about: Any) -> Iterator[None]:
    """Appends a line about the block to the file beside `log`: `about`, host, times and CPU seconds.

    born, begun, ended: seconds since 1970 when this job's process, and the block, began and when it ended. work_cpu_s:
    CPU seconds of the block, children included, without those that went to loading libraries (loading_cpu_s).
    peak_mib: the most memory that this process, or one of its children, has had, shared libraries included (in a fork
    of `fork_server.py` all that it has loaded, some 300 MiB). A job that is killed leaves no line; a file system that
    is full costs the line, not the job.
    """
    loading = _Loading()
    begun, cpu_s, age = time.time(), _cpu_s(), age_s()
    status = "failed"
    try:
        with loading:
            yield
        status = "done"
    finally:
        line = {
            **about,
            "status": status,
            "host": socket.gethostname(),
            "born": round(begun - age, 3),
            "begun": round(begun, 3),
            "ended": round(time.time(), 3),
            "work_cpu_s": round(_cpu_s() - cpu_s - loading.cpu_s, 3),
            "loading_cpu_s": round(loading.cpu_s, 3),
            "peak_mib": round(_peak_mib(), 1),
        }
        with contextlib.suppress(OSError), log.with_suffix(SUFFIX).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class _Loading:
    """CPU seconds of this thread's outermost imports while it is entered."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._depth = 0
        self._thread = threading.get_ident()
        self._original = builtins.__import__

    def __enter__(self) -> None:
        builtins.__import__ = self._import

    def __exit__(self, *_: object) -> None:
        builtins.__import__ = self._original

    def _import(self, *args: Any, **options: Any) -> Any:
        if self._depth or threading.get_ident() != self._thread:
            return self._original(*args, **options)
        self._depth, before = 1, time.process_time()
        try:
            return self._original(*args, **options)
        finally:
            self._depth = 0
            self.cpu_s += time.process_time() - before


def _cpu_s() -> float:
    """CPU seconds of this process and of those of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in used)


def _peak_mib() -> float:
    """The kernel's mark of this process; `getrusage` would count what the process that started it had, too."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    try:
        marks = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        own = int(marks["VmHWM"].split()[0])
    except (OSError, KeyError, ValueError):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, children) / KIB_PER_MIB


def born_at(moment: float) -> None:
    """Tells that this process goes on with what another began at `moment`, in seconds since 1970."""
    global _born
    _born = moment


def age_s() -> float:
    """Seconds since this process, or that which it goes on for, began; 0 where the system does not tell."""
    if _born is not None:
        return time.time() - _born
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return 0.0
    return uptime_s - ticks / os.sysconf("SC_CLK_TCK")
