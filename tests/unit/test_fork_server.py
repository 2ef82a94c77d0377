"""Jobs as forks of a process that has the libraries loaded: to whoever started them they are what they were."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workflow_scripts import fork_server, job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are served on Linux alone")

SCRIPTS = Path(fork_server.__file__).parent
BEGINNING = "import json, os, signal, sys, time\nimport fork_server\n"
#: says who it is, and waits to be ended
WAITS = """
print(os.getpid(), flush=True)
time.sleep(60)
"""


def environment(**more: str) -> dict[str, str]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**buffered, "PYTHONPATH": str(SCRIPTS), **more}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a server of a process that lives as long as these tests."""
    log = tmp_path_factory.mktemp("server") / "server.log"
    code = f"""{BEGINNING}
from pathlib import Path
fork_server.start(Path({str(log)!r}))
print(os.environ[fork_server.NAME], flush=True)
sys.stdin.read()
"""
    starter = subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True, env=environment())
    assert starter.stdout
    name = starter.stdout.readline().strip()
    while f"@{name}" not in Path("/proc/net/unix").read_text():
        assert starter.poll() is None and not log.read_text(), log.read_text()
        time.sleep(0.05)
    yield name
    starter.communicate("")
    assert not log.read_text()


@pytest.fixture
def started(server: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script that asks the server to run it."""
    running = []

    def start(body: str, *arguments: str, threads: int = 1, **more: str) -> subprocess.Popen[str]:
        script = tmp_path / "script.py"
        script.write_text(f"{BEGINNING}fork_server.hand_over({threads})\n{body}")
        of = environment(**{fork_server.NAME: server, **more})
        command = [sys.executable, str(script), *arguments]
        running.append(subprocess.Popen(command, cwd=tmp_path, env=of, stdin=-1, stdout=-1, stderr=-1, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()


SAYS = """
print(json.dumps({
    "process": os.getpid(), "torch": "torch" in sys.modules, "folder": os.getcwd(), "arguments": sys.argv[1:],
    "of": os.environ.get("OF"), "server": os.environ.get(fork_server.NAME), "name": __name__, "input": sys.stdin.read(),
}))
"""


def test_a_script_runs_in_a_fork_with_the_libraries_and_all_else_its_own(started, tmp_path: Path) -> None:
    process = started(SAYS, "a", "b c", OF="ours")
    out, errors = process.communicate("typed")
    found = json.loads(out)
    assert found.pop("process") != process.pid
    assert found == {
        "torch": True, "folder": str(tmp_path), "arguments": ["a", "b c"], "of": "ours", "server": None,
        "name": "__main__", "input": "typed",
    }  # fmt: skip
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("sys.exit(3)", 3, ""),
        ("sys.exit('the disk is full')", 1, "the disk is full\n"),
        ("sys.exit(None)", 0, ""),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("sys.exit((1, 2))", 1, "(1, 2)\n"),
        ("sys.exit(2**40 + 3)", 3, ""),
        ("os._exit(0)", fork_server.KILLED, "its process was killed\n"),  # it never said how it ended
        ("os.kill(os.getpid(), signal.SIGKILL)", fork_server.KILLED, "its process was killed\n"),
    ],
)
def test_a_script_ends_like_its_fork(started, body: str, code: int, said: str) -> None:
    process = started(body)
    _, errors = process.communicate()
    assert process.returncode == code
    assert errors.endswith(said) if said.endswith("\n") else said in errors


def test_all_that_a_fork_printed_is_out_before_its_asker_ends(started) -> None:
    process = started("""
print("x" * 65536, end="", flush=True)  # as much as the pipe holds
print("the end")
""")
    time.sleep(0.5)
    assert process.poll() is None
    assert process.communicate()[0].endswith("the end\n")


def test_forks_draw_apart_without_a_seed(started) -> None:
    body = "import numpy, torch\nprint(numpy.random.rand(), torch.rand(1).item())"
    one, other = (started(body).communicate()[0].split() for _ in range(2))
    assert one[0] != other[0] and one[1] != other[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_fork(started, number: int) -> None:
    process = started(f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n{WAITS}")
    process.stdout.readline()
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 5


def gone(process: int) -> bool:
    return job._start_time(process) is None


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_fork_ends_with_the_process_that_asked_for_it(started) -> None:
    process = started(WAITS)
    fork = int(process.stdout.readline())
    assert not gone(fork)
    process.kill()
    wait_until(lambda: gone(fork))


def test_a_fork_that_minds_no_request_is_killed_when_its_time_is_over() -> None:
    code = f"""{BEGINNING}
import socket, threading
fork_server.GRACE = 0.2
signal.signal(signal.SIGTERM, signal.SIG_IGN)
asker, connection = socket.socketpair()
threading.Thread(target=fork_server._obey, args=(connection,), daemon=True).start()
asker.close()
time.sleep(60)
"""
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == -signal.SIGKILL


def test_a_fork_leaves_no_dead_process_behind(started) -> None:
    process = started("print(os.getpid())")
    fork = int(process.communicate()[0])
    wait_until(lambda: not Path(f"/proc/{fork}").exists())


@pytest.mark.parametrize(
    ("threads", "setting"),
    [(2, {}), (1, {fork_server.NAME: ""}), (1, {fork_server.NAME: "cardioprior-gone"})],
    ids=["more threads", "no server", "a server that is gone"],
)
def test_a_script_that_no_server_takes_runs_by_itself(started, threads: int, setting: dict[str, str]) -> None:
    process = started("print(os.getpid())", threads=threads, **setting)
    assert int(process.communicate()[0]) == process.pid


@pytest.mark.parametrize(
    "message",
    [b"", b"\0", b"\0\0\0\x09{", b"\0\0\0\x02[]", b'\0\0\0\x19{"python": "/elsewhere"}  '],
    ids=["nothing", "half a length", "half a job", "no job", "a job of another environment"],
)
def test_a_server_refuses_what_is_no_job_of_its_own_and_goes_on(server: str, started, message: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(f"\0{server}")
        if message:
            socket.send_fds(asker, [message], [0, 1, 2])
        asker.shutdown(socket.SHUT_WR)
        assert asker.recv(1) == b""
    process = started("print(os.getpid())")
    assert int(process.communicate()[0]) != process.pid


def test_a_server_ends_with_the_run_however_that_ends(tmp_path: Path) -> None:
    code = f"""{BEGINNING}
from pathlib import Path
fork_server.PRELOADED = ()
fork_server.start(Path({str(tmp_path / "log")!r}))
print(fork_server._servers[0].pid, flush=True)
time.sleep(60)
"""
    run = subprocess.Popen([sys.executable, "-c", code], stdout=-1, text=True, env=environment())
    assert run.stdout
    server = int(run.stdout.readline())
    run.kill()
    run.communicate()
    wait_until(lambda: gone(server))


def test_what_is_loaded_before_forking_starts_no_thread() -> None:
    code = """
import os
import fork_server
fork_server._preload()
print(len(os.listdir("/proc/self/task")))
"""
    one = dict.fromkeys(fork_server.THREADS, "1")
    found = subprocess.run([sys.executable, "-c", code], env=environment(**one), capture_output=True, text=True)
    assert found.stdout == "1\n", found.stderr
