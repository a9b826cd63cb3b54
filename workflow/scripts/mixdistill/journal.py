"""A journal of finished batches: what a killed job had done is not done again.

One line per batch, appended and synced when the batch is done, so that a batch is there wholly or not at all; a torn
last line is dropped. A batch is known by a digest of everything that decides its rows, the other requests in it
included, so that a continued job's result equals an uninterrupted one's.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from mixdistill.jsonl import dumped


class Journal:
    """Finished batches by key."""

    def __init__(self, path: Path) -> None:
        """Read what is there; whatever follows the last whole line is cut off."""
        self.path = path
        self.done: dict[str, list[Any]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        end = 0
        if path.exists():
            with path.open("rb") as file:
                for line in file:
                    entry = whole(line)
                    if entry is None:
                        break
                    self.done[entry["batch"]] = entry["rows"]
                    end += len(line)
            if end < path.stat().st_size:
                print(f"{path}: {path.stat().st_size - end} bytes after the last whole batch are dropped")
                os.truncate(path, end)

    def add(self, batch: str, rows: list[Any]) -> None:
        """Record a finished batch."""
        body = dumped({"batch": batch, "rows": rows})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{checksum(body)} {body}\n")
            file.flush()
            os.fsync(file.fileno())
        self.done[batch] = rows


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
