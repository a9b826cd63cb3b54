"""Limits of what files from elsewhere may hold, so that a small file cannot fill the memory: each with its reason.

They are generous: real files keep far below them. A message names the limit, what was found, and what to do.
"""

import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from mixdistill.errors import UserError

MIB = 2**20

LINE = 64 * MIB
"""Characters of a line, or of a row: 256 samples of 32,000 tokens have some 35 million."""
VALUES = 2**21
"""Values of a row: each takes some hundred bytes as an object, also where two characters say it."""
DEPTH = 64
"""Lists and objects inside of each other: conversations have 4 levels, structs of data sets up to 8."""
COLUMNS = 10_000
"""Columns of a table: wide benchmarks have some hundreds."""
DOCUMENT = 128 * MIB
"""Bytes of a JSON document that is read whole: SQuAD has 40 MB."""
DOCUMENT_VALUES = 2**24
"""Values of such a document."""
PACKED_VALUES = 2**21
"""Values of such a document in a packed file, where a value takes a few bits."""
ABOUT = 16 * MIB
"""Bytes of a file about a data set or model (card, manifest, index, configuration): a repository of 100,000 files
has a manifest of some 10 MB."""
TOKENIZER = 256 * MIB
"""Bytes of a tokenizer's file: Gemma's has 35 MB."""
CARD = MIB
"""Characters of the YAML on top of a card: that of a set with 1,000 subsets has some 300,000."""
CARD_VALUES = 200_000
"""Values of that YAML, aliases written out."""
RATIO = 200
"""How many times its size a packed file may unpack to: text packs to a tenth, answers that loop to a hundredth."""
BINARY_RATIO = 5_000
"""How many times its size a binary table may unpack to, a batch at a time: what all rows have, such as a list of tools,
stands in it once."""
UNPACKED = 64 * MIB
"""Bytes to which a packed file may unpack whatever its size."""
PAGE = 256 * MIB
"""Bytes of a page of Parquet: 1,024 values are written at once, and traces have some 50 kB in the mean."""
PAGES = 1024 * MIB
"""Bytes of the largest pages of all columns together, which are held at the same time."""
PAGE_VALUES = 2**26
"""Values of a page."""
NESTED = 512 * MIB
"""Bytes of nested columns in a row group, which a single row may have: conversations of ten turns in a million rows."""
BATCH = 128 * MIB
"""Bytes of a binary table that are unpacked at once."""
PIECE = 32 * MIB
"""Bytes of a binary table that are turned into rows at once."""
ATTEMPT = MIB
"""Characters below which values are not counted."""


def in_units(size: float) -> str:
    """Return a number of bytes or characters, to be read."""
    return f"{size / MIB:,.0f} Mi" if size >= MIB else f"{size:,.0f}"


def unpacked(path: Path, packed: bool, ratio: int = RATIO) -> float:
    """Return how many characters may come out of a file: no limit for one that is not packed."""
    return max(UNPACKED, ratio * path.stat().st_size) if packed else math.inf


def too_many(text: str, most: int = VALUES) -> bool:
    """Return whether a text has more values than it may, if it is one row of JSON or of a table."""
    return len(text) > ATTEMPT and sum(map(text.count, ",[{\t;|")) > most


class Lines(Iterator[str]):
    """Lines of a file, none of which is longer than it may be, and not more than may come out of it."""

    def __init__(self, file: TextIO, name: str, most: float = math.inf, one_each: bool = True) -> None:
        """Read a file.

        Args:
            file: open as text.
            name: what it is called in messages.
            most: characters that may come out of it.
            one_each: every line is a row; else who reads sets ``held`` to 0 behind each row.
        """
        self.readline, self.name, self.most, self.one_each = file.readline, name, most, one_each
        self.taken = self.held = self.number = 0

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            UserError: it is too long, has too many values, or the file unpacks to too much.
        """
        line = self.readline(LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken += len(line)
        self.held = len(line) if self.one_each else self.held + len(line)
        if self.held > LINE:
            raise UserError(
                f"{self.name}, line {self.number}: a row of more than {in_units(LINE)} characters, which is the limit; "
                "divide it, or leave it out"
            )
        if too_many(line):
            raise UserError(
                f"{self.name}, line {self.number}: more than {VALUES:,} values, which is the limit of a row; leave out "
                "what is not needed"
            )
        if self.taken > self.most:
            raise swollen(self.name, self.most)
        return line


def swollen(name: str, most: float) -> UserError:
    """Return the error of a packed file that holds too much."""
    return UserError(
        f"{name}: unpacks to more than {in_units(most)} characters, the limit for a packed file of its size ({RATIO} "
        "times that); if you trust it, unpack it and give the unpacked file"
    )


def is_deep(value: Any, left: int = DEPTH) -> bool:
    """Return whether lists and objects are inside of each other more often than they may be."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return not left or any(is_deep(each, left - 1) for each in inner if isinstance(each, dict | list))


def content(file: Path, name: str, most: int = ABOUT) -> bytes:
    """Return all bytes of a file that is read whole.

    Raises:
        UserError: it is too large, or no file.
    """
    with regular(file, name) as opened:
        found: bytes = opened.read(most + 1)
    if len(found) > most:
        raise UserError(f"{name}: more than {in_units(most)} bytes, which is the limit of such a file; shorten it")
    return found


def regular(file: Path, name: str) -> Any:
    """Open a file of bytes that is a file, and no device or pipe, which might never end.

    Raises:
        UserError: it is something else.
        OSError: it cannot be opened.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UserError(f"{name}: is no file; give a file")
    return os.fdopen(descriptor, "rb")


def document(file: Path, name: str, most: int = ABOUT) -> Any:
    """Return the value in a small file of JSON.

    Raises:
        UserError: it cannot be read, is too large, is no JSON, or is nested too deeply.
    """
    try:
        text = content(file, name, most).decode("utf-8-sig")
        if too_many(text, DOCUMENT_VALUES):
            raise UserError(f"{name}: more than {DOCUMENT_VALUES:,} values, which is the limit of such a file")
        value = json.loads(text)
    except RecursionError as error:
        raise UserError(f"{name}: nested more than {DEPTH} times, which is the limit") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{name}: not JSON: {' '.join(str(error).split())[:200]}") from error
    if is_deep(value):
        raise UserError(f"{name}: nested more than {DEPTH} times, which is the limit")
    return value
