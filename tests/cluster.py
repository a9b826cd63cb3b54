"""A small Slurm of this machine's own: real daemons on loopback, nodes, cores and GPUs pretended.

    python tests/cluster.py up <folder> [nodes]     # then: . <folder>/env.sh
    python tests/cluster.py down <folder>

Needs slurmctld, slurmd, munge and slurm-client (Debian's packages), and to be root. Everything lives in the folder.
GPUs are character devices that do nothing; jobs see them in CUDA_VISIBLE_DEVICES. There is no accounting database and
no cgroup, so nothing keeps a job from more cores or memory than it asked for.
"""

import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from planning import REPO

PROFILE = ["--profile", str(REPO / "profiles" / "slurm"), "--slurm-init-seconds-before-status-checks", "3"]
"""The project's own, with less patience than a large cluster needs."""

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")
CLIENTS = ("srun", "sbatch", "squeue", "scancel", "scontrol", "sinfo", "sacct")

CONFIGURATION = """
ClusterName=pretended
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={first}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=500
GresTypes=gpu
SlurmdParameters=config_overrides
EnforcePartLimits=ALL
ReturnToService=2
MinJobAge={remembers}
SchedulerParameters=sched_interval=2,batch_sched_delay=1,bf_interval=5
KillWait=10
SlurmdTimeout=20
PreemptMode={preempt}
PreemptType=preempt/partition_prio
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports} CPUs={cpus} Boards=1 SocketsPerBoard=1 \
CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=1-00:00:00 DefaultTime=60 State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=1-00:00:00 DefaultTime=60 State=UP PriorityTier=2
"""


class Cluster:
    """A Slurm in a folder."""

    def __init__(
        self,
        folder: Path,
        nodes: int = 1,
        cpus: int = 8,
        memory: int = 64_000,
        gpus: int = 4,
        preempt: str = "REQUEUE",
        remembers: int = 600,
    ) -> None:
        """Describe it; ``memory`` in MB, ``cpus``, ``memory`` and ``gpus`` per node; it ``remembers`` jobs for seconds."""
        self.folder, self.nodes, self.cpus, self.memory, self.gpus = folder, nodes, cpus, memory, gpus
        self.preempt, self.remembers = preempt, remembers
        self.names = [f"node{number}" for number in range(1, nodes + 1)]

    def up(self) -> None:
        """Start whatever does not run, and wait until all nodes take jobs.

        Raises:
            RuntimeError: programs are missing, or a node does not come up; says what.
        """
        if len(str(self.folder)) > 60:
            raise RuntimeError(f"{self.folder}: Slurm's sockets lie in it, whose paths may have 108 characters")
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            raise RuntimeError(f"{', '.join(missing)}: apt-get install munge slurmctld slurmd slurm-client")
        for name in ("state", "devices", "bin", *(f"spool.{node}" for node in self.names)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.write()
        folder = self.folder
        if not self.runs("munged"):
            for path in folder.glob("munge.socket*"):
                path.unlink()
            options = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid"}
            options |= {"log-file": "munged.log", "seed-file": "munged.seed"}
            self.start("munged", "--force", *(f"--{name}={folder / file}" for name, file in options.items()))
        if not self.runs("slurmctld"):
            self.start("slurmctld", "-f", str(folder / "slurm.conf"))
        for node in self.names:
            self.node_up(node)
        deadline = time.monotonic() + 60
        while self.ready() < self.nodes:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Slurm does not come up; see {folder}/*.log")
            time.sleep(0.2)

    def write(self) -> None:
        """Write the key, the devices, the configuration, and the clients that find it.

        Snakemake's job step takes all SLURM_* variables away, so that the clients in ``bin`` bring theirs.
        """
        folder, key = self.folder, self.folder / "munge.key"
        if not key.exists():
            key.write_bytes(os.urandom(1024))
            key.chmod(0o400)
        for number in range(self.gpus):
            device = folder / "devices" / f"gpu{number}"
            if not device.exists():
                os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        if not (folder / "port").exists():
            (folder / "port").write_text(str(free_ports(1 + self.nodes)))
        port = int((folder / "port").read_text())
        values = {"host": socket.gethostname().partition(".")[0], "folder": folder, "port": port, "first": port + 1}
        values |= {"nodes": self.names[0] if self.nodes == 1 else f"node[1-{self.nodes}]", "cpus": self.cpus}
        values |= {"ports": port + 1 if self.nodes == 1 else f"[{port + 1}-{port + self.nodes}]"}
        values |= {"memory": self.memory, "gpus": self.gpus, "preempt": self.preempt, "remembers": self.remembers}
        (folder / "slurm.conf").write_text(CONFIGURATION.format(**values))
        devices = (f"NodeName={values['nodes']} Name=gpu File={folder}/devices/gpu{n}\n" for n in range(self.gpus))
        (folder / "gres.conf").write_text("".join(devices))
        for client in CLIENTS:
            program = folder / "bin" / client
            program.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which(client)} "$@"\n')
            program.chmod(0o755)
        (folder / "env.sh").write_text(f"export SLURM_CONF={folder}/slurm.conf PATH={folder}/bin:$PATH\n")

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that uses it."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def start(self, *command: str) -> None:
        """Start a daemon."""
        subprocess.run(command, check=True, env=self.environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def node_up(self, node: str) -> None:
        """Start a node, unless it runs."""
        if not self.runs(f"slurmd.{node}"):
            self.start("slurmd", "-f", str(self.folder / "slurm.conf"), "-N", node)

    def process(self, daemon: str) -> int | None:
        """The process of a daemon: munged, slurmctld or slurmd.<node>."""
        file = self.folder / f"{daemon}.pid"
        try:
            number = int(file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        name = Path(f"/proc/{number}/comm")
        return number if name.exists() and name.read_text().startswith(daemon.partition(".")[0]) else None

    def runs(self, daemon: str) -> bool:
        """Tell whether a daemon runs."""
        return self.process(daemon) is not None

    def kill(self, daemon: str, number: int = signal.SIGKILL) -> None:
        """Send a daemon a signal, and wait until it has ended."""
        process = self.process(daemon)
        if process is not None:
            os.kill(process, number)
            deadline = time.monotonic() + 30
            while self.runs(daemon) and time.monotonic() < deadline:
                time.sleep(0.05)

    def steps(self, node: str) -> list[int]:
        """The processes of Slurm's that run the jobs of a node; they hold the node's log."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (path / "comm").read_text().startswith("slurmstepd"):
                    held = {str(link.readlink()) for link in (path / "fd").iterdir()}
                    found += [int(path.name)] if f"{self.folder}/slurmd.{node}.log" in held else []
        return found

    def crash(self, node: str) -> None:
        """Let a node and all that runs on it die at once, as in a power cut."""
        self.kill(f"slurmd.{node}")
        dying = self.steps(node)
        parents = {}
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        while more := [number for number, parent in parents.items() if parent in dying and number not in dying]:
            dying += more
        for number in dying:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def said(self, *command: str) -> str:
        """What a client prints."""
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, timeout=60)
        return done.stdout

    def jobs(self, fields: str = "%i|%T") -> list[list[str]]:
        """What squeue says of all jobs, ended ones too."""
        lines = self.said("squeue", "--noheader", "--states=all", f"--format={fields}").splitlines()
        return [line.split("|") for line in lines]

    def wait_for(self, run: "subprocess.Popen[bytes]", seconds: float = 280) -> int:
        """Wait for Snakemake's end; jobs that Slurm lets wait before they start again start at once.

        Raises:
            TimeoutError: it hangs.
        """
        deadline = time.monotonic() + seconds
        while run.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Snakemake still runs after {seconds} s")
            time.sleep(0.5)
            if not self.runs("slurmctld"):
                continue
            for number, state, reason in self.jobs("%i|%T|%r"):
                if state == "PENDING" and reason == "BeginTime":
                    self.said("scontrol", "update", f"JobId={number}", "StartTime=now")
        return int(run.returncode)

    def ready(self) -> int:
        """How many nodes take jobs."""
        try:
            up = self.said("sinfo", "--noheader", "--states=idle,mixed,allocated", "--Node", "--format=%N")
        except subprocess.TimeoutExpired:
            return 0
        return len(set(up.split()))

    def down(self) -> None:
        """Cancel all jobs and stop the daemons."""
        if self.runs("slurmctld"):
            jobs = self.said("squeue", "--noheader", "--format=%A").split()
            if jobs:
                self.said("scancel", "--signal=KILL", "--full", *jobs)
                self.said("scancel", *jobs)
                deadline = time.monotonic() + 20
                while self.said("squeue", "--noheader") and time.monotonic() < deadline:
                    time.sleep(0.2)
        for node in self.names:
            self.kill(f"slurmd.{node}", signal.SIGTERM)
            self.kill(f"slurmd.{node}")
        for daemon in ("slurmctld", "munged"):
            self.kill(daemon, signal.SIGTERM)
            self.kill(daemon)


@contextmanager
def somewhere(**kind: Any) -> Iterator[Cluster]:
    """A Slurm that runs in a new folder, whose path is short."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        cluster = Cluster(Path(folder), **kind)
        try:
            cluster.up()
            yield cluster
        finally:
            cluster.down()


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    while True:
        first = random.randrange(20_000, 32_000)
        with ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


if __name__ == "__main__":
    verb, where = sys.argv[1], Path(sys.argv[2]).resolve()
    cluster = Cluster(where, nodes=int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cluster.up() if verb == "up" else cluster.down()
