"""Counts beside every stage's output: no row is silently dropped, and the next stage finds as many as were made."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mixdistill import jsonl
from mixdistill.errors import UserError
from mixdistill.terminal import visible

ANSWER = ("benchmark", "id", "sample")
"""What tells answers apart."""
VERDICT = ("kind", "benchmark", "id", "gold", "answer")
"""What tells verdicts of the judge apart."""


def save(path: Path, total: int, parts: dict[str, int], rows: int | None = None, **more: Any) -> None:
    """Write and print counts; ``parts`` must add up to ``total``.

    Args:
        path: the file of counts, ``<name>.counts.json`` beside the stage's ``<name>.jsonl``.
        total: rows that were looked at.
        parts: what became of them.
        rows: how many were written, if not all of them.
        more: whatever else is to be known.

    Raises:
        AssertionError: they do not, which is a defect: a row was lost.
    """
    lost = total - sum(parts.values())
    assert lost == 0, f"{path}: {total} rows in, {sum(parts.values())} accounted for: {parts}"
    written = {} if rows is None else {"rows": rows}
    jsonl.write_json(path, {"total": total, **parts, **written, **more})
    print(visible(f"{total} rows: " + ", ".join(f"{count} {name}" for name, count in parts.items())))


def read(path: Path, *key: str) -> Iterator[jsonl.Row]:
    """Yield the rows of an earlier stage, as many as it has counted and none of them twice.

    Args:
        path: its file; a file without counts beside it, as one that was made by hand, may have any number of rows.
        key: the fields that tell its rows apart; none if rows may repeat.

    Raises:
        UserError: rows are missing, or there are more than were made.
    """
    again = f"remove {path} and repeat the command, which makes it again"
    seen: set[tuple[Any, ...]] = set()
    number = 0
    for number, row in enumerate(jsonl.read(path), 1):
        this = tuple(row[field] for field in key)
        if key and this in seen:
            raise UserError(f"{path}, row {number}: {' '.join(map(str, this))} stands here twice; {again}")
        seen.add(this)
        yield row
    counts = path.with_suffix(".counts.json")
    if counts.exists():
        made = json.loads(counts.read_text(encoding="utf-8"))
        wanted = made.get("rows", made["total"])
        if number != wanted:
            raise UserError(f"{path}: {number} rows, but {wanted} were written ({counts.name}); {again}")
