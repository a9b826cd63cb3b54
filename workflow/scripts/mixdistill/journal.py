"""A journal of finished work: what a killed job had done is not done again.

One line per unit of work, a batch or a single request, written when it is done, so that a unit is there wholly or not
at all; a torn last line is dropped. A unit is known by a digest of everything that decides its rows, the other requests
of a batch included, so that a continued job's result equals an uninterrupted one's. Rows are kept in the file alone,
so that memory does not grow with what is written.
"""

import errno
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from mixdistill import stopping
from mixdistill.errors import UserError
from mixdistill.jsonl import dumped

GROUP = 5.0
"""Seconds between calls of fsync. Each line goes to the system at once: what a killed process wrote is there."""


class Line(NamedTuple):
    """Where a unit stands in the file, in bytes."""

    start: int
    length: int


class Journal:
    """Finished units by key."""

    def __init__(self, path: Path) -> None:
        """Find what is there; whatever follows the last whole line is cut off."""
        self.path = path
        self.done: dict[str, Line] = {}
        self.end, self.synced = 0, time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file: BinaryIO = os.fdopen(unfollowed(path), "a+b")
        self.file.seek(0)
        for line in self.file:
            entry = whole(line)
            if entry is None:
                break
            self.note(entry["batch"], line)
        torn = path.stat().st_size - self.end
        if torn:
            print(f"{path}: {torn} bytes after the last whole line are dropped")
            os.ftruncate(self.file.fileno(), self.end)

    def note(self, key: str, line: bytes) -> None:
        """Remember where the next line stands."""
        self.done[key] = Line(self.end, len(line))
        self.end += len(line)

    def add(self, key: str, rows: list[Any]) -> None:
        """Record a finished unit."""
        body = dumped({"batch": key, "rows": rows})
        line = f"{checksum(body)} {body}\n".encode()
        self.file.write(line)
        self.file.flush()
        self.note(key, line)
        stopping.advance()
        if time.monotonic() - self.synced > GROUP:
            self.sync()

    def sync(self) -> None:
        """Wait until everything is on disk."""
        os.fsync(self.file.fileno())
        self.synced = time.monotonic()

    def rows(self, key: str) -> list[Any]:
        """The rows of a finished unit."""
        start, length = self.done[key]
        self.file.seek(start)
        rows: list[Any] = whole(self.file.read(length))["rows"]
        return rows


def unfollowed(path: Path) -> int:
    """Open a file to add to it, and follow no link, which somebody may have put there to have another file cut.

    Raises:
        UserError: it is a link.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UserError(f"{path}: is a link, and what a job has done is not written to elsewhere: remove it") from None


def whole(line: bytes) -> Any:
    """The entry of a line; None if the line is torn or damaged."""
    try:
        mark, _, body = line.decode("utf-8").rstrip("\n").partition(" ")
        return json.loads(body) if line.endswith(b"\n") and mark == checksum(body) else None
    except ValueError:
        return None


def checksum(body: str) -> str:
    """Short digest of a line."""
    return hashlib.sha256(body.encode()).hexdigest()[:12]
