"""Starts a run's jobs on this machine as forks of one process that has the libraries loaded.

A run is hundreds of jobs of some seconds, and half a job's time would go to loading torch and its like, and to taking
them down. Snakemake starts every job as a Python process of its own. That process asks the server of its run for a fork
of it, which runs the job's script in the same folder, with the same environment, terminal and standard input, and waits
for how it ends. Signals are passed on, and none of the two outlives the other for long. Where there is no server (on a
cluster, in containers), or it is gone, a job runs in the process that Snakemake started. A job that a signal killed
ends with 137 as a shell has it for SIGKILL, whatever the signal was; exit handlers of Python do not run.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, cast

import run_folder
import stopwatch

if TYPE_CHECKING:
    from io import TextIOWrapper

#: environment variable: the name of the run's server
NAME = "CARDIOPRIOR_FORK_SERVER"
#: what most jobs load; none of it starts a thread, which a fork would lose
PRELOADED = (
    "torch",
    "h5py",
    "pydantic",
    "scipy.ndimage",
    "scipy.stats",
    "pandas",
    "SimpleITK",
    "nibabel",
    "pydicom",
    "sklearn.ensemble",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "snakemake.script",
)
#: jobs of more threads run by themselves: libraries decide on their number of threads when they are loaded
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")
LENGTH = struct.Struct("!I")
CREDENTIALS = struct.Struct("3i")
#: seconds that a job may take to say what it is, while others wait
PATIENCE = 2.0
#: seconds that a fork has to save what it did once the process that asked for it was killed
GRACE = 60.0
#: how a job ends whose fork was killed, as a shell has it
KILLED = 128 + signal.SIGKILL
_servers: list[subprocess.Popen[bytes]] = []


def start(log: Path) -> None:
    """Starts a server for the jobs of this process, which ends with it; its errors go to `log`. Linux alone has it."""
    if sys.platform != "linux":
        return
    name = f"cardioprior-{uuid.uuid4().hex}"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    command = [sys.executable, __file__, name]
    with log.open("w") as file:
        # Its standard input ends when this process does, however that happens.
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=file, env=environment)
    _servers.append(server)
    os.environ[NAME] = name


def hand_over(threads: int) -> None:
    """Has the server of this run do what this process was started for, and ends like it; returns where none can."""
    name = os.environ.pop(NAME, None)
    if not name or threads > 1:
        return
    job = {
        "python": sys.prefix,
        "script": sys.argv[0],
        "arguments": sys.argv,
        "path": sys.path,
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "born": time.time() - stopwatch.age_s(),
    }
    try:
        connection = _ask(name, job)
    except OSError:
        return
    _pass_on_signals(connection)
    answer = b""
    with contextlib.suppress(OSError):
        answer = connection.recv(1)
    if not answer:
        print(f"{job['script']}: its process was killed", file=sys.stderr)
    _leave(answer[0] if answer else KILLED)


def _ask(name: str, job: Mapping[str, Any]) -> socket.socket:
    """A connection to a fork that took the job. Raises OSError where there is none."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(f"\0{name}")
    _check_user(connection)
    message = json.dumps(job).encode()
    socket.send_fds(connection, [LENGTH.pack(len(message))], [0, 1, 2])
    connection.sendall(message)
    if connection.recv(1) != b"y":
        raise ConnectionRefusedError(f"the server {name} did not take the job")
    return connection


def _pass_on_signals(connection: socket.socket) -> None:
    def pass_on(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            connection.send(bytes([number]))

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)


def _check_user(connection: socket.socket) -> None:
    """Raises PermissionError where at the other end is another user, who can take any name on this machine."""
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    if CREDENTIALS.unpack(peer)[1] != os.getuid():
        raise PermissionError("another user is at the other end")


def _leave(code: int, asker: socket.socket | None = None) -> NoReturn:
    """Ends this process without taking its libraries down, which takes torch half a second. asker: is told the code,
    once all that was printed is out: it ends with that, and this process with it."""
    try:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        if asker is not None:
            with contextlib.suppress(OSError):
                asker.sendall(bytes([code & 255]))
    finally:
        os._exit(code & 255)  # whatever a signal raises here: a fork must not go back to serving


def serve(name: str) -> None:
    """Forks for every job that asks, until the standard input ends."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0{name}")  # Linux' own namespace of sockets: no file is left behind
    listener.listen(socket.SOMAXCONN)
    _preload()
    sys.stdout.flush()  # or every fork would print it again
    gc.collect()
    gc.freeze()  # pages stay shared with the forks
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks that ended need no waiting for
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError, ValueError, struct.error):
            job, streams = _asked(connection)
            try:
                if os.fork() == 0:
                    listener.close()
                    _run(job, streams, connection)
            finally:
                _close(streams)


def _preload() -> None:
    """Loads libraries, and of ours what every job of this run does: it reads the run's configuration, which loads the
    entries that this names."""
    for module in PRELOADED:
        importlib.import_module(module)
    from cardioprior import config, plan

    kept = run_folder.frozen()
    if kept is not None:
        plan.Plan(config.load(kept))


def _asked(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A job and its three streams. Raises OSError or ValueError where somebody else asks, or it is not for here."""
    _check_user(connection)
    connection.settimeout(PATIENCE)
    head, streams, _, _ = socket.recv_fds(connection, LENGTH.size, 3)
    try:
        with connection.makefile("rb") as file:
            job = json.loads(file.read(*LENGTH.unpack(head)))
        if not isinstance(job, dict) or job.get("python") != sys.prefix:
            raise ValueError("asked for what is no job, or one of another environment")
    except (OSError, ValueError, struct.error):
        _close(streams)
        raise
    connection.settimeout(None)
    return job, streams


def _close(streams: list[int]) -> None:
    for stream in streams:
        os.close(stream)


def _run(job: Mapping[str, Any], streams: list[int], connection: socket.socket) -> NoReturn:
    """What a fork does: becomes the job's process, runs its script, and says how it ended."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.register_at_fork(after_in_child=connection.close)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        _close(streams)
        cast("TextIOWrapper", sys.stdout).reconfigure(line_buffering=sys.stdout.isatty())
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["environment"])
        sys.path[:], sys.argv[:] = job["path"], job["arguments"]
        stopwatch.born_at(job["born"])
        _draw_unlike_others()
        connection.sendall(b"y")
        threading.Thread(target=_obey, args=(connection,), daemon=True).start()
        runpy.run_path(job["script"], run_name="__main__")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if leaving.code is not None and not isinstance(leaving.code, int):
            print(leaving.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        _leave(code, connection)


def _draw_unlike_others() -> None:
    """Who draws without a seed draws what no other fork does, as processes do that load their libraries themselves."""
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _obey(connection: socket.socket) -> None:
    """Gives this process the signals that the one which asked for it gets, and ends it with that one."""
    with contextlib.suppress(OSError):
        while number := connection.recv(1):
            os.kill(os.getpid(), number[0])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    serve(sys.argv[1])
