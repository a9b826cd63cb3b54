"""JSON Lines files: streamed in, written whole or not at all."""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mixdistill import limits
from mixdistill.errors import UserError

Row = dict[str, Any]


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a ``.jsonl`` or ``.jsonl.gz`` file, one at a time; a byte order mark is no fault.

    Raises:
        UserError: a line is not a JSON object, or the file cannot be read; names file, line and reason.
    """
    packed = path.suffix == ".gz"
    opener = gzip.open if packed else open
    try:
        most = limits.unpacked(path, packed)
        with opener(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(limits.Lines(file, str(path), most), 1):
                if line.strip():
                    yield parsed(line, path, number)
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path}: cannot be read as JSON Lines: {reason}") from error


def parsed(line: str, path: Path, number: int) -> Row:
    """Turn one line into a row, or say which line is not one."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}:{number}: not JSON ({error}); one object per line is expected") from error
    if limits.is_deep(row):
        raise UserError(f"{path}:{number}: nested more than {limits.DEPTH} times, which is the limit")
    if not isinstance(row, dict):
        raise UserError(f"{path}:{number}: a {type(row).__name__} where an object per line is expected")
    return row


def dumped(row: Any) -> str:
    """One line of JSON, the same bytes for the same row on every machine.

    A lone surrogate, which models do emit, is not UTF-8: it is escaped.
    """
    text = json.dumps(row, ensure_ascii=False, separators=(", ", ": "))
    return text if text.isascii() or not has_surrogate(text) else json.dumps(row)


def has_surrogate(text: str) -> bool:
    """Tell whether a string cannot be written as UTF-8."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def beside(path: Path) -> Path:
    """Return where a file is written until it is whole.

    What lies there is removed: it may be a link, which somebody has put there to have another file overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    return partial


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a temporary neighbour of ``path`` that takes its name when all went well."""
    partial = beside(path)
    try:
        with partial.open("x", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)


def write(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as JSON Lines and return how many there were."""
    count = 0
    with replacing(path) as file:
        for row in rows:
            file.write(dumped(row) + "\n")
            count += 1
    return count


def write_json(path: Path, value: Any) -> None:
    """Write one indented JSON document."""
    with replacing(path) as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")
