"""A lease: one process at a time holds it, on whatever machine, and it ends with its holder.

File locks do not reach from node to node on every shared file system, so a lease is a file that its holder touches
again and again. A holder that has died is noticed at once on its own machine, and elsewhere when it has not touched its
file for a while. Whoever finds a dead holder's lease takes it over; a holder whose lease was taken over, because it was
stopped for longer than that, ends itself before it can write anything more.

In a folder of several users anybody may have written a lease. So it is read with limits, and all that it can do is make
others wait, who are told whose it is. A process is signalled only if it is proven to hold its lease: the file is this
user's, nobody else may write it, and the process has it open.
"""

import json
import os
import re
import signal
import socket
import stat
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from mixdistill import private
from mixdistill.errors import UserError
from mixdistill.terminal import visible

BEAT = 10.0
"""Seconds between touches."""

STALE = 90.0
"""Seconds without a touch after which a holder on another machine counts as dead."""

LEASES = Path(".snakemake/leases")
"""The leases of jobs, beside Snakemake's own records of the same working directory."""

SIZE = 2**16
"""Bytes of a lease that are read; a whole one has a few hundred."""

NAME = re.compile("[0-9a-f]{20}")
"""Names of the leases of jobs: a damaged one is removed after a while; what has another name is none."""

Holder = dict[str, Any]
"""Who holds a lease: token, machine, host, pid, began, job, since, and what else it says of itself; and of the file,
whatever it says: ``fault`` (why it is no lease, if it is none), ``owner``, ``sole`` (nobody else may write it),
``file`` (device and number) and ``path``."""


class Lease:
    """A lease on ``path``."""

    def __init__(self, path: Path, **about: str) -> None:
        """Nothing is held yet; who will hold it says ``about`` itself."""
        self.path, self.token, self.about = path, uuid.uuid4().hex, about
        self.released = threading.Event()
        self.file: int | None = None

    def take(self) -> Holder | None:
        """Take the lease unless somebody alive holds it; returns None, or who does.

        Raises:
            UserError: it is a dead holder's, and cannot be removed.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        refuse_link(self.path.parent)
        seen = None
        while not self.created():
            holder = read(self.path)
            if holder is None:
                continue
            if holder["file"] == seen or alive(holder, self.path):
                return holder
            seen = holder["file"]
            remove(self.path, holder["token"])
        threading.Thread(target=self.beat, daemon=True).start()
        return None

    def created(self) -> bool:
        """Write the lease, whole at once, unless there is one; its file stays open as long as it is held."""
        mine = self.path.with_name(f"{self.path.name}.{self.token}")
        opened = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.write(opened, json.dumps({"token": self.token, **myself(), **self.about}).encode())
            os.link(mine, self.path, follow_symlinks=False)
        except FileExistsError:
            os.close(opened)
            return False
        finally:
            mine.unlink()
        self.close()
        self.file = opened
        return True

    def beat(self) -> None:
        """Touch the file until the lease is released; end the process if somebody else has taken it over.

        Anything else in the place of a lease that was touched all the time is no takeover, and ends nothing: another
        user's, or a file of this user's that a neighbour has moved there.
        """
        touched = since_boot()
        while not self.released.wait(BEAT):
            holder = read(self.path)
            if holder is None:  # somebody has cleared the folder
                self.created()
                holder = read(self.path)
            if holder is not None and holder["token"] != self.token:
                own = os.fstat(self.file).st_uid if self.file is not None else os.getuid()
                same = holder["owner"] == own and not holder["fault"]
                taken = same and holder.get("makes") == self.about.get("makes")
                if not taken and since_boot() - touched < STALE:
                    print(f"{self.path}: was replaced by {private.user(holder['owner'])}; going on", file=sys.stderr)
                    return
                print(f"error: {self.path}: this process was taken for dead, and another goes on", file=sys.stderr)
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            with suppress(FileNotFoundError, PermissionError):
                os.utime(self.path, follow_symlinks=False)
            touched = since_boot()

    def release(self) -> None:
        """Let others have it."""
        self.released.set()
        with suppress(UserError):  # it is somebody else's by now
            remove(self.path, self.token)
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self.file is not None:
            os.close(self.file)
        self.file = None


def refuse_link(folder: Path) -> None:
    """Refuse to keep or remove anything in a folder that is somewhere else.

    Raises:
        UserError: it is a link.
    """
    if folder.is_symlink():
        raise UserError(f"{folder}: is a link, and nothing is kept or removed behind it: remove it")


def living(folder: Path) -> list[Holder]:
    """Who holds leases in a folder; those of the dead are removed, and nothing else.

    Raises:
        UserError: the folder is a link.
    """
    refuse_link(folder)
    found = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        holder = read(path) if "." not in path.name else None
        if holder is None or (holder["fault"] and not NAME.fullmatch(path.name)):
            continue
        if alive(holder, path):
            found.append(holder)
        else:
            with suppress(UserError):
                remove(path, holder["token"])
    return found


def remove(path: Path, token: str) -> None:
    """Remove the lease with this token, and no later one; of all who try at a time, one does.

    Raises:
        UserError: it may not be removed.
    """
    gate = path.with_name(f"{path.name}.{token}.over")
    try:
        os.close(os.open(gate, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    except FileNotFoundError:
        return
    except FileExistsError:
        with suppress(FileNotFoundError):
            status = gate.lstat()
            if now(path) - status.st_ctime > STALE:  # who was at it has died
                try:
                    gate.unlink()
                except FileNotFoundError:
                    raise
                except OSError as error:
                    raise left(gate, status.st_uid, error) from None
        time.sleep(0.01)
        return
    except OSError as error:
        raise UserError(f"{path}: cannot be removed ({error.strerror}): remove it") from None
    holder = None
    try:
        holder = read(path)
        if holder is not None and holder["token"] == token:
            if holder["fault"]:
                print(
                    visible(f"{path}: {holder['fault']}; nobody touches it, so it is removed"),
                    file=sys.stderr,
                    flush=True,
                )
            path.unlink(missing_ok=True)
    except OSError as error:
        raise left(path, holder["owner"] if holder else None, error) from None
    finally:
        gate.unlink(missing_ok=True)


def left(path: Path, owner: int | None, error: OSError) -> UserError:
    """Return the error for a file of a user's that cannot be removed."""
    whose = "somebody" if owner is None else private.user(owner)
    return UserError(f"{path}: left by {whose}, and cannot be removed ({error.strerror}): remove it")


def read(path: Path) -> Holder | None:
    """Who holds a lease; None if nobody does."""
    said, fault = None, "is no lease"
    try:
        try:
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise
        except OSError as error:
            status, fault = path.lstat(), f"cannot be read as a lease ({error.strerror})"
        else:
            try:
                status = os.fstat(opened)
                said = parsed(os.read(opened, SIZE)) if stat.S_ISREG(status.st_mode) else None
            finally:
                os.close(opened)
    except FileNotFoundError:
        return None
    blank = {"token": "", "machine": [], "host": "?", "pid": 0, "began": None, "job": None, "since": "?"}
    about = {"owner": status.st_uid, "sole": not status.st_mode & 0o022, "file": (status.st_dev, status.st_ino)}
    return {**(said or blank), **about, "fault": None if said else fault, "path": str(path)}


def parsed(text: bytes) -> Holder | None:
    """What a lease says; None if it is damaged, or says anything of a kind that a lease does not."""
    try:
        said: Holder = json.loads(text)
        machine_of, pid = said["machine"], said["pid"]
        texts = [said[name] for name in ("token", "host", "since")] + [said.get(name, "") for name in ("makes", "log")]
        known = [said[name] for name in ("began", "job") if said[name] is not None]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    sound = (
        isinstance(machine_of, list)
        and all(isinstance(each, str) for each in [*machine_of, *texts, *known])
        and isinstance(pid, int)
        and 0 < pid < 2**31
        and re.fullmatch("[0-9a-f]{32}", said["token"])
        and all(each.isdecimal() for each in known)
    )
    return said if sound else None


def who(holder: Holder) -> str:
    """How messages call a holder; whose it is, if it is not this user's."""
    if holder["fault"]:
        return visible(
            f"somebody who keeps {holder['path']} (of {private.user(holder['owner'])}), which {holder['fault']}"
        )
    other = f" of {private.user(holder['owner'])}" if holder["owner"] != os.getuid() else ""
    return visible(f"process {holder['pid']}{other} on {holder['host']}")


def ask_to_end(holder: Holder) -> bool:
    """Ask a holder to end if it is proven to be one of this user's on this machine; returns whether it was asked."""
    if holder["fault"] or holder["owner"] != os.getuid() or not holder["sole"] or holder["machine"] != machine():
        return False
    with suppress(OSError, AttributeError):  # it has ended, or is not ours to look at, or this is no Linux
        process = os.pidfd_open(holder["pid"])
        try:
            if began(holder["pid"]) == holder["began"] and has_open(holder["pid"], holder["file"]):
                signal.pidfd_send_signal(process, signal.SIGTERM)
                return True
        finally:
            os.close(process)
    return False


def has_open(pid: int, file: tuple[int, int]) -> bool:
    """Tell whether a process has a file open: the one thing that nobody else can make true of it."""
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            status = each.stat()
            if (status.st_dev, status.st_ino) == file:
                return True
    return False


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
        return now(path) - path.lstat().st_mtime < STALE
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


def since_boot() -> float:
    """Seconds that do not stand still while the machine sleeps, where that can be told."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def now(path: Path) -> float:
    """The time by the clock of the file system that a lease is on."""
    probe = path.with_name(f"{path.name}.{uuid.uuid4().hex}.now")
    probe.touch()
    time_of_it = probe.stat().st_mtime
    probe.unlink()
    return time_of_it
