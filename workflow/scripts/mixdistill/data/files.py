"""Rows of data sets as users have them: JSON, JSON Lines, CSV, Parquet, a folder of them, or a set of the hub.

What a file is, its content decides, and its ending only where the content does not. Numbers keep the spelling that the
file has: a reference answer is compared as text.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from mixdistill import hub
from mixdistill.errors import UserError
from mixdistill.jsonl import Row

TABLES = {".csv": ",", ".tsv": "\t"}
"""Ending of a table of text to its delimiter."""
JSONS = (".json", ".jsonl", ".ndjson")
PARQUET = b"PAR1"
"""The first bytes of a Parquet file."""
KINDS = "give JSON Lines, a JSON array, .csv, .tsv or Parquet (all but Parquet also as .gz)"
LARGEST_CELL = 2**27


class Entry(NamedTuple):
    """A row, and where it stands."""

    place: str
    """File and line or row, for messages."""
    row: Row


class Spelled(float):
    """A number with a fraction or an exponent, as the file spells it."""

    text: str

    def __new__(cls, text: str) -> "Spelled":
        """Keep the text beside the number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        """Return the file's spelling."""
        return self.text


def rows(source: Path, part: Mapping[str, str], limit: int | None = None) -> Iterator[Entry]:
    """Yield the rows of a file, or of a part of a data set: a folder, or one that was fetched from the hub.

    Args:
        source: the file, the folder, or the data set's manifest.
        part: ``split`` (``train`` by default) and ``subset`` of a data set; a file has no parts.
        limit: no more rows than this.

    Raises:
        UserError: it cannot be read; names the file, the line or row, and the fix.
    """
    return islice(all_rows(source, {key: part[key] for key in ("split", "subset") if key in part}), limit)


def all_rows(source: Path, part: Mapping[str, str]) -> Iterator[Entry]:
    """Yield all rows of ``rows``."""
    fetched = hub.manifest(source)
    if fetched or source.is_dir():
        from mixdistill.data.folders import from_folder

        yield from from_folder(hub.snapshot(fetched) if fetched else source, fetched.name if fetched else "", part)
    elif part:
        raise UserError(f"{source}: a file has no {' and no '.join(part)}; remove {' and '.join(part)} of the source")
    else:
        yield from from_file(source, str(source))


def from_file(path: Path, name: str, **options: str) -> Iterator[Entry]:
    """Yield the rows of one file.

    Args:
        path: the file.
        name: what it is called in messages.
        options: ``delimiter`` of a table, ``field`` of a JSON document that holds its rows.

    Raises:
        UserError: it is of no known kind, or not what it seems to be.
    """
    with explained(name, "cannot be read"):
        ending = next((each.lower() for each in reversed(path.suffixes) if each.lower() != ".gz"), "")
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with binary(path, packed) as file:
            start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(PARQUET):
        yield from from_parquet(path, name)
    elif ending in TABLES:
        yield from from_table(path, name, packed, options.get("delimiter", TABLES[ending]))
    elif start.startswith(b"[") or "field" in options:
        yield from from_array(path, name, packed, options.get("field"))
    elif start.startswith(b"{") or ending in JSONS:
        yield from from_lines(path, name, packed)
    elif ending == ".parquet":
        raise UserError(f"{name}: cannot be read as Parquet: it does not begin with PAR1; copy or fetch it again")
    else:
        raise UserError(f"{name}: unknown kind of file; {KINDS}")


@contextmanager
def explained(name: str, failure: str) -> Iterator[None]:
    """Turn what readers raise on a broken file into one line."""
    try:
        yield
    except UserError:
        raise
    except (OSError, EOFError, ValueError, csv.Error, RecursionError) as error:  # pyarrow's are ValueErrors or OSErrors
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UserError(f"{name}: {failure}: {' '.join(reason.split())[:300]}") from error


def binary(path: Path, packed: bool) -> IO[bytes]:
    """Open a file for reading, unpacking gzip."""
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def text(path: Path, packed: bool, newline: str | None = None) -> IO[str]:
    """Open a file of UTF-8, with or without a byte order mark."""
    opener: Any = gzip.open if packed else open
    return opener(path, "rt", encoding="utf-8-sig", newline=newline)  # type: ignore[no-any-return]


def from_lines(path: Path, name: str, packed: bool) -> Iterator[Entry]:
    """Yield the rows of a file of JSON Lines."""
    with explained(name, "cannot be read as JSON Lines"), text(path, packed) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            place = f"{name}, line {number}"
            try:
                row = json.loads(line, parse_float=Spelled)
            except (ValueError, RecursionError) as error:
                raise UserError(
                    f"{name}, line {number}: not JSON ({error}); one object per line is expected"
                ) from error
            yield Entry(place, an_object(row, place, "per line"))


def from_array(path: Path, name: str, packed: bool, field: str | None) -> Iterator[Entry]:
    """Yield the rows of a JSON array, decoded one by one; ``field`` holds the array if the file is an object."""
    with explained(name, "cannot be read as JSON"), text(path, packed) as file:
        content = file.read()
        held = an_object(json.loads(content, parse_float=Spelled), name, "with the rows").get(field) if field else []
    if field:
        if not isinstance(held, list):
            raise UserError(f"{name}: no list under {field!r}, which the data set's README.md names as its rows")
        places = (f"{name}, {field} {number}" for number in count(1))
        yield from (Entry(place, an_object(row, place, "per row")) for place, row in zip(places, held, strict=False))
        return
    decoder = json.JSONDecoder(parse_float=Spelled)
    position, number = after_blanks(content, content.index("[") + 1), 0
    while not content.startswith("]", position):
        number += 1
        place = f"{name}, row {number}"
        try:
            row, position = decoder.raw_decode(content, position)
            position = after_blanks(content, position)
            if content[position : position + 1] not in (",", "]") or position == len(content):
                raise json.JSONDecodeError("Expecting ',' or ']'", content, position)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{place}: not JSON ({error}); a list of objects is expected") from error
        yield Entry(place, an_object(row, place, "per row"))
        if content[position] == ",":
            position = after_blanks(content, position + 1)
    if rest := content[position + 1 :].strip():
        raise UserError(f"{name}: {rest[:40]!r} stands behind the end of its list; one JSON document is expected")


def after_blanks(content: str, position: int) -> int:
    """Return the next position that is no white space of JSON."""
    while content[position : position + 1] in (" ", "\n", "\r", "\t"):
        position += 1
    return position


def an_object(row: Any, place: str, where: str) -> Row:
    """Return a row that is an object; raise UserError for anything else."""
    if isinstance(row, dict):
        return row
    raise UserError(f"{place}: {shown(row)} where an object {where} is expected")


def from_table(path: Path, name: str, packed: bool, delimiter: str) -> Iterator[Entry]:
    """Yield the rows of a CSV or TSV file, whose first line names the columns; every cell is text."""
    csv.field_size_limit(LARGEST_CELL)
    with explained(name, "cannot be read as a table"), text(path, packed, newline="") as file:
        lines = csv.reader(file, delimiter=delimiter, strict=True)
        header = next(lines, [])
        if twice := next((each for each in header if header.count(each) > 1), None):
            raise UserError(f"{name}: two columns are called {twice!r}; rename one")
        for number, cells in enumerate((cells for cells in lines if cells), 1):
            if len(cells) != len(header):
                raise UserError(
                    f"{name}, row {number}: {len(cells)} cells where the first line names {len(header)} columns; "
                    "quote cells that hold the delimiter or line breaks"
                )
            yield Entry(f"{name}, row {number}", dict(zip(header, cells, strict=True)))


def from_parquet(path: Path, name: str) -> Iterator[Entry]:
    """Yield the rows of a Parquet file."""
    from pyarrow.parquet import ParquetFile

    number = 0
    with explained(name, "cannot be read as Parquet"):
        for batch in ParquetFile(path).iter_batches(batch_size=1000):
            for row in from_batch(batch):
                number += 1
                yield Entry(f"{name}, row {number}", row)


def from_batch(batch: Any) -> list[Row]:
    """Return the rows of a record batch or table of Arrow; 32-bit numbers are spelled as they are meant."""
    import pyarrow as pa

    short = [field.name for field in batch.schema if pa.types.is_float32(field.type) or pa.types.is_float16(field.type)]
    made: list[Row] = batch.to_pylist()
    for name in short:
        for row, number in zip(made, batch.column(name).to_numpy(zero_copy_only=False), strict=True):
            row[name] = None if row[name] is None else Spelled(str(number))
    return made


def shown(value: Any) -> str:
    """Return what a value is, and the beginning of it, for a message."""
    kinds = {type(None): "null", bool: "a truth value", int: "a number", list: "a list", dict: "an object"}
    kind = "a number" if isinstance(value, float) else kinds.get(type(value), f"a {type(value).__name__}")
    return kind if value is None else f"{kind} ({repr(value)[:60]})"
