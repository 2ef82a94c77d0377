"""A SLURM of one node on this machine: munged, slurmctld and slurmd below a scratch folder, taken down by their ids."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo", "scancel", "srun")
ETC = Path("/etc/slurm")
#: the machine poses as one of this size: jobs here are small, and wait for one another most of the time
CPUS, MEMORY_MB, GPUS = 4, 16000, 2
PATIENCE_S = 300

CONF = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
MpiDefault=none
ReturnToService=2
MinJobAge=3600
KillWait=20
SlurmdTimeout=20
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=300
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} Sockets=1 CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory={memory} \
Gres=gpu:fake:{gpus}
PartitionName=cpu Nodes={host} Default=YES PriorityTier=1 PreemptMode=REQUEUE State=UP
PartitionName=gpu Nodes={host} PriorityTier=1 PreemptMode=REQUEUE State=UP
PartitionName=urgent Nodes={host} PriorityTier=9 PreemptMode=OFF State=UP
"""


def why_not() -> str:
    """Why no SLURM can be started here; empty if it can."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"SLURM is not installed ({', '.join(missing)} missing): apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "SLURM's daemons are started as root here, and this is not root"
    if any((ETC / name).exists() and not (ETC / name).is_symlink() for name in ("slurm.conf", "gres.conf")):
        return f"{ETC} has a configuration of this machine's own SLURM"
    try:
        from importlib.metadata import version

        version("snakemake-executor-plugin-slurm")
    except ImportError:
        return "snakemake-executor-plugin-slurm is not installed"
    return ""


class Slurm:
    """The daemons, and what they know of the jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.host = folder, socket.gethostname().partition(".")[0]

    def start(self) -> None:
        """Writes the configuration, starts the three daemons and waits until the node is idle."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        text = CONF.format(
            folder=self.folder, host=self.host, ports=free_ports(2), cpus=CPUS, memory=MEMORY_MB, gpus=GPUS
        )
        gres = f"NodeName={self.host} Name=gpu Type=fake Count={GPUS} File=/dev/tty[0-{GPUS - 1}]\n"
        ETC.mkdir(exist_ok=True)
        # jobs find the controller there: the executor drops SLURM_CONF from their environment
        for name, content in (("slurm.conf", text), ("gres.conf", gres)):
            (self.folder / name).write_text(content)
            (ETC / name).unlink(missing_ok=True)
            (ETC / name).symlink_to(self.folder / name)
        options = {"key-file": key, "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log",
                   "seed-file": "munge.seed"}  # fmt: skip
        self.call("munged", "--force", *(f"--{name}={self.folder / str(path)}" for name, path in options.items()))
        self.call("slurmctld", "-c")
        self.start_node()

    def start_node(self) -> None:
        """Starts the node's daemon and waits until it takes jobs."""
        self.call("slurmd")
        until(lambda: self.call("sinfo", "-hN", "-p", "cpu", "-o", "%T").strip() in ("idle", "mixed", "allocated"),
              "the node takes jobs")  # fmt: skip

    def stop(self) -> None:
        """Cancels what runs, and ends the daemons by their pid files."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.call("scancel", "--user=root")
            until(lambda: not self.call("squeue", "-h").strip(), "no job is left")
        for name in ("slurmd", "slurmctld", "munged"):
            self.end(name, signal.SIGTERM)
        for name in ("slurm.conf", "gres.conf"):
            if (ETC / name).is_symlink() and (ETC / name).readlink() == self.folder / name:
                (ETC / name).unlink()

    def end(self, daemon: str, with_signal: signal.Signals) -> None:
        """Ends a daemon by its pid file and waits until it is gone."""
        try:
            process = int((self.folder / f"{daemon}.pid").read_text())
        except (OSError, ValueError):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, with_signal)
        until(lambda: not alive(process), f"{daemon} is gone")

    def power_cut(self) -> None:
        """The node dies: its daemon and all processes of its jobs, at once and without a word."""
        daemon = int((self.folder / "slurmd.pid").read_text())
        steps = [process for process in descendants_of_steps(self.folder) if process != daemon]
        for process in (daemon, *steps):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.call("scontrol", "update", f"nodename={self.host}", "state=down", "reason=power")

    def jobs(self) -> dict[int, dict[str, str]]:
        """What SLURM knows of every job, those that have ended included, by id."""
        found = {}
        for line in self.call("scontrol", "-o", "show", "job").splitlines():
            fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if "JobId" in fields:
                found[int(fields["JobId"])] = fields
        return found

    def call(self, *command: str) -> str:
        """A command's output."""
        environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        done = subprocess.run(command, env=environment, check=True, text=True, capture_output=True)
        return done.stdout


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Slurm]:
    """A SLURM for as long as the block lasts."""
    slurm = Slurm(folder)
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE_S} s in vain until {what}"
        time.sleep(0.1)


def alive(process: int) -> bool:
    """Whether a process runs (one that is dead and not waited for does not)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def descendants_of_steps(folder: Path) -> list[int]:
    """Ids of the processes of jobs: slurmstepd of the daemon whose configuration lies in the folder, and all below."""
    import psutil

    steps = [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if (process.info["name"] or "").startswith("slurmstepd") and _is_of(process, folder)
    ]
    found = {child.pid for step in steps for child in step.children(recursive=True)} | {step.pid for step in steps}
    return sorted(found)


def _is_of(process: object, folder: Path) -> bool:
    import psutil

    try:
        opened = [file.path for file in process.open_files()]  # type: ignore[attr-defined]
    except psutil.Error:
        return False
    return any(path.startswith(str(folder)) for path in opened)
