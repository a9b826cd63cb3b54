"""Side files of the report: scripts that hand the page their content, since a page in a file may read nothing else."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mixdistill.escaping import script_json
from mixdistill.jsonl import replacing

SIZE = 1_000_000
"""Characters after which a file of texts is full."""


def side_file(path: Path, name: str, content: Any) -> None:
    """Write a file that calls the page with its name and content; all of it is ASCII, so that no text breaks it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(f"mixdistill({script_json(name)},{script_json(content, separators=(',', ':'))});\n")


def packed(folder: Path, name: str, rows: Iterable[list[Any]]) -> list[int]:
    """Write rows into files ``0.js``, ``1.js``, ... of about ``SIZE`` characters; returns the file of each row."""
    files: list[int] = []
    waiting: list[list[Any]] = []
    size = number = 0
    for row in rows:
        waiting.append(row)
        files.append(number)
        size += sum(len(one) for one in row if isinstance(one, str))
        if size >= SIZE:
            side_file(folder / f"{number}.js", f"{name}/{number}", waiting)
            waiting, size, number = [], 0, number + 1
    if waiting:
        side_file(folder / f"{number}.js", f"{name}/{number}", waiting)
    return files
