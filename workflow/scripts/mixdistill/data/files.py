"""Rows of data sets as users have them: JSON, JSON Lines, CSV, Parquet, a folder of them, or a set of the hub.

What a file is, its content decides, and its ending only where the content does not. Numbers keep the spelling that the
file has: a reference answer is compared as text.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import hub, limits
from mixdistill.data.values import Spelled, Unfit, fault_in, no_number, one_of_each, or_fault, shown
from mixdistill.errors import UserError
from mixdistill.jsonl import Row

TABLES = {".csv": ",", ".tsv": "\t"}
"""Ending of a table of text to its delimiter."""
JSONS = (".json", ".jsonl", ".ndjson")
PACKINGS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
"""First bytes of a packed file to what unpacks it."""
PACKED = (".gz", ".bz2", ".xz")
NOT_READ = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet); unpack it, or save it as CSV",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"version https://git-lfs": "a Git LFS pointer, not the file it stands for; fetch that: git lfs pull",
}
"""First bytes of what is not read to what it is, and the fix."""
PARQUET = b"PAR1"
KINDS = "give JSON Lines, a JSON array, .csv, .tsv or Parquet (all but Parquet also packed as .gz, .bz2 or .xz)"
ARROW = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"
"""First bytes of Arrow's files, and of its streams, as ``datasets`` writes them."""


class Entry(NamedTuple):
    """A row, and where it stands."""

    place: str
    """File and line or row, for messages."""
    row: Row


def rows(
    source: Path, part: Mapping[str, str], limit: int | None = None, wanted: Collection[str] | None = None
) -> Iterator[Entry]:
    """Yield the rows of a file, or of a part of a data set: a folder, or one that was fetched from the hub.

    Args:
        source: the file, the folder, or the data set's manifest.
        part: ``split`` (``train`` by default) and ``subset`` of a data set; a file has no parts.
        limit: no more rows than this.
        wanted: columns of binary tables that are needed, up to the first dot of their names; others are not unpacked,
            and stand in a row by name alone. All of them by default.

    Raises:
        UserError: it cannot be read; names the file, the line or row, and the fix.
    """
    return islice(all_rows(source, {key: part[key] for key in ("split", "subset") if key in part}, wanted), limit)


def all_rows(source: Path, part: Mapping[str, str], wanted: Collection[str] | None) -> Iterator[Entry]:
    """Yield all rows of ``rows``."""
    fetched = hub.manifest(source)
    if fetched or source.is_dir():
        from mixdistill.data.folders import from_folder

        folder = hub.snapshot(fetched) if fetched else source
        yield from from_folder(folder, fetched.name if fetched else "", part, wanted)
    elif part:
        raise UserError(f"{source}: a file has no {' and no '.join(part)}; remove {' and '.join(part)} of the source")
    else:
        yield from from_file(source, str(source), wanted)


def from_file(path: Path, name: str, wanted: Collection[str] | None, **options: str) -> Iterator[Entry]:
    """Yield the rows of one file.

    Args:
        path: the file.
        name: what it is called in messages.
        wanted: columns that are needed, as in ``rows``.
        options: ``delimiter`` of a table, ``field`` of a JSON document that holds its rows.

    Raises:
        UserError: it is of no known kind, or not what it seems to be.
    """
    with explained(name, "cannot be read"):
        limits.regular(path, name).close()
        packing = packing_of(path)
        with (packing or open)(path, "rb") as file:
            start: bytes = file.read(4096)
    wrong = next((what for beginning, what in NOT_READ.items() if start.startswith(beginning)), None)
    if wrong or (start.startswith(PARQUET) and packing):
        raise UserError(f"{name}: is {wrong or 'Parquet that is packed once more; unpack it'}")
    text, ending = start.removeprefix(b"\xef\xbb\xbf").lstrip(), ending_of(path)
    if start.startswith(PARQUET):
        yield from from_parquet(path, name, wanted)
    elif ending == ".arrow" and start.startswith((ARROW, ARROW_STREAM)):
        from mixdistill.data.arrow import from_arrow

        with explained(name, "cannot be read as Arrow"):
            yield from from_arrow(path, name, wanted)
    elif ending in TABLES and not text.startswith((b"{", b"[")):
        yield from from_table(path, name, options.get("delimiter", TABLES[ending]))
    elif text.startswith(b"[") or "field" in options:
        yield from from_array(path, name, options.get("field"), wanted)
    elif text.startswith(b"{") or ending in JSONS:
        yield from from_lines(path, name, wanted)
    elif ending == ".parquet":
        raise UserError(f"{name}: cannot be read as Parquet: it does not begin with PAR1; copy or fetch it again")
    else:
        raise UserError(f"{name}: unknown kind of file; {KINDS}")


def packing_of(path: Path) -> Any:
    """Return what opens and unpacks a file; None if it is not packed."""
    with path.open("rb") as file:
        start = file.read(8)
    return next((opener for beginning, opener in PACKINGS.items() if start.startswith(beginning)), None)


def ending_of(path: Path) -> str:
    """Return the ending that tells a file's kind, in small letters."""
    return next((each.lower() for each in reversed(path.suffixes) if each.lower() not in PACKED), "")


BROKEN = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, ArithmeticError, NotImplementedError, MemoryError),
    *(AttributeError, IndexError, RecursionError, struct.error, csv.Error, zlib.error, lzma.LZMAError),
)
"""What readers raise on files that anybody may have written; pyarrow's errors are of these kinds."""


TORN = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError)
"""What is raised on packed files that are cut off, or have something else behind their end."""


@contextmanager
def explained(name: str, failure: str) -> Iterator[None]:
    """Turn what readers raise on a broken file into one line."""
    try:
        yield
    except UserError:
        raise
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: {failure}: {error}; save it as UTF-8") from error
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        fix = "; copy or fetch it again" if isinstance(error, TORN) else ""
        raise UserError(f"{name}: {failure}: {' '.join(reason.split())[:300]}{fix}") from error


def opened(path: Path, newline: str | None = None) -> io.TextIOWrapper:
    """Open a file of UTF-8, packed or not, with or without a byte order mark."""
    opener: Any = packing_of(path) or open
    return opener(path, "rt", encoding="utf-8-sig", newline=newline)  # type: ignore[no-any-return]


def most_of(path: Path) -> float:
    """Return how many characters may come out of a file."""
    return limits.unpacked(path, packing_of(path) is not None)


def decoded(text: str) -> Any:
    """Return the value of a JSON document, whose numbers keep their spelling; a key may stand only once.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


DECODER = json.JSONDecoder(parse_float=Spelled, parse_constant=no_number, object_pairs_hook=one_of_each)
FORGIVING = json.JSONDecoder(
    parse_float=Spelled, parse_constant=or_fault(no_number), object_pairs_hook=or_fault(one_of_each)
)


def forgiven(text: str, position: int, wanted: Collection[str], fault: Unfit) -> tuple[Any, int]:
    """Return a row with a fault in a field that nobody reads, without that field, and where it ends in a text.

    Raises:
        Unfit: the fault is in a field that is read, or in the names of the fields.
    """
    row, end = FORGIVING.raw_decode(text, position)
    if not isinstance(row, dict):
        raise fault
    for name, value in row.items():
        if found := fault_in(value):
            if name.partition(".")[0] in wanted:
                raise found
            row[name] = None
    return row, end


def row_of(line: str, wanted: Collection[str] | None) -> Any:
    """Return the value in a line of JSON; see ``value_at``."""
    try:
        value, end = value_at(line, after_blanks(line, 0), wanted)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if (end := after_blanks(line, end)) < len(line):
        raise json.JSONDecodeError("Extra data", line, end)
    return value


def value_at(text: str, position: int, wanted: Collection[str] | None) -> tuple[Any, int]:
    """Return the value at a position and where it ends; faults are forgiven in fields that nobody reads."""
    try:
        return DECODER.raw_decode(text, position)
    except Unfit as fault:
        if wanted is None:
            raise
        return forgiven(text, position, wanted, fault)


def from_lines(path: Path, name: str, wanted: Collection[str] | None) -> Iterator[Entry]:
    """Yield the rows of a file of JSON Lines."""
    with explained(name, "cannot be read as JSON Lines"), opened(path) as file:
        for number, line in enumerate(limits.Lines(file, name, most_of(path)), 1):
            if not line.strip():
                continue
            place = f"{name}, line {number}"
            try:
                row = row_of(line, wanted)
            except ValueError as error:
                whole = "; if the file is one JSON object, give the list of rows in it alone" * (line.strip() == "{")
                raise UserError(f"{place}: not JSON ({error}); one object per line is expected{whole}") from error
            yield Entry(place, an_object(row, place, "per line"))


def from_array(path: Path, name: str, field: str | None, wanted: Collection[str] | None) -> Iterator[Entry]:
    """Yield the rows of a JSON array, decoded one by one; ``field`` holds the array if the file is an object."""
    with explained(name, "cannot be read as JSON"), opened(path) as file:
        if field:
            yield from of_field(file, name, field, most_of(path))
            return
        window = Window(file, name, most_of(path))
        window.forget(after_blanks(window.text, 0) + 1)
        for number in count(1):
            place = f"{name}, row {number}"
            if window.character() == "]":
                break
            yield Entry(place, an_object(window.value(place, wanted), place, "per row"))
            if window.character() == ",":
                window.position += 1
                if window.character() == "]":
                    raise UserError(f"{name}, row {number + 1}: not JSON (a comma before the end of the list)")
        window.position += 1
        if window.character():
            rest = window.text[window.position :].strip()
            raise UserError(f"{name}: {rest[:40]!r} stands behind the end of its list; one JSON document is expected")


def of_field(file: io.TextIOWrapper, name: str, field: str, most: float) -> Iterator[Entry]:
    """Yield the rows of the list in a JSON object, which is read whole."""
    content = file.read(int(min(most, limits.DOCUMENT)) + 1)
    values = limits.DOCUMENT_VALUES if most == math.inf else limits.PACKED_VALUES
    if len(content) > min(most, limits.DOCUMENT) or limits.too_many(content, values):
        raise UserError(
            f"{name}: more than {limits.in_units(min(most, limits.DOCUMENT))} characters or "
            f"{values:,} values, the limits of JSON that is read whole; save its rows as JSON Lines"
        )
    held = an_object(decoded(content), name, "with the rows", limits.DEPTH + 2).get(field)
    if not isinstance(held, list):
        raise UserError(f"{name}: no list under {field!r}, which the data set's README.md names as its rows")
    places = (f"{name}, {field} {number}" for number in count(1))
    yield from (Entry(place, an_object(row, place, "per row")) for place, row in zip(places, held, strict=False))


class Window:
    """The part of a long JSON document that is looked at: it grows up to a row's limit, and forgets what is done."""

    def __init__(self, file: io.TextIOWrapper, name: str, most: float) -> None:
        """Begin at the beginning of a file, out of which ``most`` characters may come."""
        self.file, self.name, self.most = file, name, most
        self.text, self.position, self.taken = "", 0, 0
        self.grow()

    def grow(self) -> bool:
        """Read on, the more the more is held already; return whether there was more."""
        more = self.file.read(max(limits.MIB, len(self.text) - self.position))
        self.forget(self.position)
        self.text += more
        self.taken += len(more)
        if self.taken > self.most:
            raise limits.swollen(self.name, self.most)
        if len(self.text) > 4 * limits.MIB and limits.too_many(self.text, 2 * limits.VALUES):
            raise UserError(
                f"{self.name}: a row of more than {limits.VALUES:,} values, which is the limit; leave out what is not "
                "needed"
            )
        return bool(more)

    def forget(self, position: int) -> None:
        """Leave what is before a position."""
        self.text, self.position = self.text[position:], 0

    def character(self) -> str:
        """Return the next character that is no white space, where it is then; empty at the end of the document."""
        while True:
            self.position = after_blanks(self.text, self.position)
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.grow():
                return ""

    def value(self, place: str, wanted: Collection[str] | None) -> Any:
        """Return the next value, which a comma or the end of the list follows.

        Raises:
            UserError: there is none, it is too large, or nested too deeply.
        """
        self.character()
        while True:
            try:
                value, end = value_at(self.text, self.position, wanted)
                end = after_blanks(self.text, end)
                if self.text[end : end + 1] not in (",", "]") or end == len(self.text):
                    raise json.JSONDecodeError("Expecting ',' or ']'", self.text, end)
            except (ValueError, RecursionError) as error:
                held = len(self.text) - self.position
                large = held > limits.LINE or (held > 4 * limits.MIB and limits.too_many(self.text[self.position :]))
                if not large and not isinstance(error, Unfit) and self.grow():
                    continue
                said = (
                    f"{error.msg}, character {error.pos - self.position + 1} of the row"
                    if isinstance(error, json.JSONDecodeError)
                    else str(error)
                )
                most = f", within the first {limits.in_units(held)} characters, the limit of a row" if large else ""
                raise UserError(f"{place}: not JSON ({said}{most}); a list of objects is expected") from error
            self.position = end
            return value


BLANKS = re.compile(r"[ \n\r\t]+")


def after_blanks(text: str, position: int) -> int:
    """Return the next position in a text that is no white space of JSON."""
    found = BLANKS.match(text, position)
    return found.end() if found else position


def an_object(row: Any, place: str, where: str, depth: int = limits.DEPTH) -> Row:
    """Return a row that is an object; raise UserError for anything else, and for one that is nested too deeply."""
    if limits.is_deep(row, depth):
        raise UserError(f"{place}: nested more than {depth} times, which is the limit; leave out what is not needed")
    if isinstance(row, dict):
        return row
    raise UserError(f"{place}: {shown(row)} where an object {where} is expected")


def from_table(path: Path, name: str, delimiter: str) -> Iterator[Entry]:
    """Yield the rows of a CSV or TSV file, whose first line names the columns; every cell is text."""
    csv.field_size_limit(limits.LINE)
    with explained(name, "cannot be read as a table"), opened(path, newline="") as file:
        bounded = limits.Lines(file, name, most_of(path), one_each=False)
        lines = csv.reader(bounded, delimiter=delimiter, strict=True)
        header = next(lines, [])
        refuse_columns(header, name)
        if len(header) == 1 and (other := next((each for each in ";\t|," if each in header[0]), None)):
            raise UserError(
                f"{name}: one column {header[0]!r}; columns are separated by {delimiter!r} here, not by {other!r}: "
                "save it so, or name it .tsv if it is one"
            )
        bounded.held = 0
        for number, cells in enumerate((cells for cells in lines if cells), 1):
            bounded.held = 0
            if len(cells) != len(header):
                raise UserError(
                    f"{name}, row {number}: {len(cells)} cells where the first line names {len(header)} columns; "
                    "quote cells that hold the delimiter or line breaks"
                )
            if cells == header:
                raise UserError(f"{name}, row {number}: the names of the columns once more; remove this line")
            yield Entry(f"{name}, row {number}", dict(zip(header, cells, strict=True)))


def refuse_columns(names: list[str], name: str) -> None:
    """Raise UserError if a table has too many columns, or two of one name."""
    if len(names) > limits.COLUMNS:
        raise UserError(f"{name}: {len(names):,} columns, and {limits.COLUMNS:,} are the limit; save those needed")
    if len({*names}) < len(names):
        twice = next(each for each, times in Counter(names).items() if times > 1)
        raise UserError(f"{name}: two columns are called {twice!r}; rename one")


def from_parquet(path: Path, name: str, wanted: Collection[str] | None) -> Iterator[Entry]:
    """Yield the rows of a Parquet file."""
    from mixdistill.data.arrow import parquet_batches

    number = 0
    with explained(name, "cannot be read as Parquet"):
        for batch, batches in parquet_batches(path, name, wanted):
            for row in batches.rows(batch):
                number += 1
                yield Entry(f"{name}, row {number}", row)
