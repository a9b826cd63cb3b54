"""Counts beside every stage's output: rows are never silently dropped."""

from pathlib import Path
from typing import Any

from mixdistill.jsonl import write_json


def save(path: Path, total: int, parts: dict[str, int], **more: Any) -> None:
    """Write and print counts; ``parts`` must add up to ``total``.

    Raises:
        AssertionError: they do not, which is a defect: a row was lost.
    """
    lost = total - sum(parts.values())
    assert lost == 0, f"{path}: {total} rows in, {sum(parts.values())} accounted for: {parts}"
    write_json(path, {"total": total, **parts, **more})
    print(f"{total} rows: " + ", ".join(f"{count} {name}" for name, count in parts.items()))
