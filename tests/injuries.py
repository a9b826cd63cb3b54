"""Ten ways to hurt a run on Slurm, each of which the same command must get over."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster import Cluster


@dataclass
class Patient:
    """A run that is to be hurt while a stage's job is at work."""

    folder: Path
    cluster: Cluster
    head: "subprocess.Popen[bytes]"
    """Snakemake."""
    process: int
    """The job's script."""
    job: str
    """Slurm's number of the job."""
    scratch: Path
    """Where the stage keeps what is done."""


def sigterm(run: Patient) -> None:
    os.kill(run.process, signal.SIGTERM)


def sigkill(run: Patient) -> None:
    os.kill(run.process, signal.SIGKILL)


def scancel(run: Patient) -> None:
    run.cluster.said("scancel", run.job)


def time_limit(run: Patient) -> None:
    run.cluster.said("scontrol", "update", f"JobId={run.job}", "EndTime=now+1")


def requeue(run: Patient) -> None:
    run.cluster.said("scontrol", "requeue", run.job)


def dead_node(run: Patient) -> None:
    run.cluster.crash("node1")
    time.sleep(2)
    run.cluster.node_up("node1")


def killed_head(run: Patient) -> None:
    run.head.kill()
    run.head.wait()


def full_disk(run: Patient) -> None:
    """Fill the file system until the job has ended, at most for 20 seconds."""
    filler = run.folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"0")
    deadline = time.monotonic() + 20
    while Path(f"/proc/{run.process}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    filler.unlink()


def torn_line(run: Patient) -> None:
    """Kill the job and tear what it wrote last: a journal, a checkpoint, or a file that was about to be put in place."""
    sigkill(run)
    while Path(f"/proc/{run.process}").exists():
        time.sleep(0.05)
    newest = max(
        (path for path in run.scratch.rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_mtime_ns,
        default=None,
    )
    if newest is not None:
        os.truncate(newest, max(0, newest.stat().st_size - 7))


def stale_lock(run: Patient) -> None:
    """Kill Snakemake, then its jobs: locks, leases and marks of unfinished files stay."""
    killed_head(run)
    run.cluster.said("scancel", "--signal=KILL", "--full", run.job)
    run.cluster.said("scancel", run.job)
    assert list((run.folder / ".snakemake" / "locks").iterdir())


INJURIES: dict[str, Callable[[Patient], None]] = {
    "SIGTERM": sigterm,
    "SIGKILL of the job": sigkill,
    "scancel": scancel,
    "time limit": time_limit,
    "requeue": requeue,
    "node down and back": dead_node,
    "SIGKILL of the head": killed_head,
    "disk full": full_disk,
    "torn last line": torn_line,
    "stale lock": stale_lock,
}


def small_disk(folder: Path, spare: int = 48) -> None:
    """Put a folder's content on a file system of its own with so many MB to spare."""
    inside = folder.with_name(f"{folder.name}.content")
    folder.rename(inside)
    folder.mkdir()
    used = int(subprocess.run(["du", "-sm", str(inside)], capture_output=True, text=True).stdout.split()[0])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + spare}m", "tmpfs", str(folder)], check=True)
    shutil.copytree(inside, folder, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(inside)
