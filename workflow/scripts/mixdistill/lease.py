"""A lease: one process at a time holds it, on whatever machine, and it ends with its holder.

File locks do not reach from node to node on every shared file system, so a lease is a file that its holder touches
again and again. A holder that has died is noticed at once on its own machine, and elsewhere when it has not touched its
file for a while. Whoever finds a dead holder's lease takes it over; a holder whose lease was taken over, because it was
stopped for longer than that, ends itself before it can write anything more.
"""

import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

BEAT = 10.0
"""Seconds between touches."""

STALE = 90.0
"""Seconds without a touch after which a holder on another machine counts as dead."""

LEASES = Path(".snakemake/leases")
"""The leases of jobs, beside Snakemake's own records of the same working directory."""

Holder = dict[str, Any]
"""Who holds a lease: token, machine, host, pid, began, job, since, and what else it says of itself."""


class Lease:
    """A lease on ``path``."""

    def __init__(self, path: Path, **about: str) -> None:
        """Nothing is held yet; who will hold it says ``about`` itself."""
        self.path, self.token, self.about = path, uuid.uuid4().hex, about
        self.released = threading.Event()

    def take(self) -> Holder | None:
        """Take the lease unless somebody alive holds it; returns None, or who does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while not self.created():
            holder = read(self.path)
            if holder is not None and alive(holder, self.path):
                return holder
            if holder is not None:
                remove(self.path, holder["token"])
        threading.Thread(target=self.beat, daemon=True).start()
        return None

    def created(self) -> bool:
        """Write the lease, whole at once, unless there is one."""
        mine = self.path.with_name(f"{self.path.name}.{self.token}")
        mine.write_text(json.dumps({"token": self.token, **myself(), **self.about}))
        try:
            os.link(mine, self.path)
        except FileExistsError:
            return False
        finally:
            mine.unlink()
        return True

    def beat(self) -> None:
        """Touch the file until the lease is released; end the process if somebody else has taken it over."""
        while not self.released.wait(BEAT):
            holder = read(self.path)
            if holder is None and self.created():  # somebody has cleared the folder
                continue
            if holder is None or holder["token"] != self.token:
                print(f"error: {self.path}: this process was taken for dead, and another goes on", file=sys.stderr)
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            os.utime(self.path)

    def release(self) -> None:
        """Let others have it."""
        self.released.set()
        remove(self.path, self.token)


def living(folder: Path) -> list[Holder]:
    """Who holds leases in a folder; those of the dead are removed."""
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        holder = read(path) if "." not in path.name else None
        if holder is None:
            continue
        if alive(holder, path):
            found.append(holder)
        else:
            remove(path, holder["token"])
    return found


def remove(path: Path, token: str) -> None:
    """Remove the lease with this token, and no later one; of all who try at a time, one does."""
    gate = path.with_name(f"{path.name}.{token}.over")
    try:
        os.link(path, gate)
    except FileNotFoundError:
        return
    except FileExistsError:
        with suppress(FileNotFoundError):
            if now(path) - gate.stat().st_ctime > STALE:  # who was at it has died
                gate.unlink()
        time.sleep(0.01)
        return
    holder = read(gate)
    if holder is not None and holder["token"] == token:
        path.unlink(missing_ok=True)
    gate.unlink(missing_ok=True)


def read(path: Path) -> Holder | None:
    """Who holds a lease; None if nobody does."""
    try:
        holder: Holder = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return holder


def myself() -> Holder:
    """What tells this process from all others, and where to find it."""
    return {
        "machine": machine(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "began": began(os.getpid()),
        "job": os.environ.get("SLURM_JOB_ID"),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def alive(holder: Holder, path: Path) -> bool:
    """Tell whether a holder lives: its process, where that can be seen from here, else its last touch."""
    if holder["machine"] == machine() and holder["began"]:
        return bool(began(holder["pid"]) == holder["began"])
    try:
        return now(path) - path.stat().st_mtime < STALE
    except FileNotFoundError:
        return False


def machine() -> list[str]:
    """What has these processes: host, start of its system, and namespace, which a container has of its own."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    space = Path("/proc/self/ns/pid")
    return [
        socket.gethostname(),
        boot.read_text().strip() if boot.exists() else "",
        str(space.stat().st_ino) if space.exists() else "",
    ]


def began(pid: int) -> str | None:
    """When a process of this machine was started, in ticks; None if there is none (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def now(path: Path) -> float:
    """The time by the clock of the file system that a lease is on."""
    probe = path.with_name(f"{path.name}.{uuid.uuid4().hex}.now")
    probe.touch()
    time_of_it = probe.stat().st_mtime
    probe.unlink()
    return time_of_it
