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
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill import hub
from mixdistill.data.values import Spelled, one_of_each, shown
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
LARGEST_CELL = 2**27


class Entry(NamedTuple):
    """A row, and where it stands."""

    place: str
    """File and line or row, for messages."""
    row: Row


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
        packing = packing_of(path)
        with (packing or open)(path, "rb") as file:
            start: bytes = file.read(4096)
    wrong = next((what for beginning, what in NOT_READ.items() if start.startswith(beginning)), None)
    if wrong or (start.startswith(PARQUET) and packing):
        raise UserError(f"{name}: is {wrong or 'Parquet that is packed once more; unpack it'}")
    text, ending = start.removeprefix(b"\xef\xbb\xbf").lstrip(), ending_of(path)
    if start.startswith(PARQUET):
        yield from from_parquet(path, name)
    elif ending in TABLES and not text.startswith((b"{", b"[")):
        yield from from_table(path, name, options.get("delimiter", TABLES[ending]))
    elif text.startswith(b"[") or "field" in options:
        yield from from_array(path, name, options.get("field"))
    elif text.startswith(b"{") or ending in JSONS:
        yield from from_lines(path, name)
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


@contextmanager
def explained(name: str, failure: str) -> Iterator[None]:
    """Turn what readers raise on a broken file into one line; pyarrow's errors are of the same kinds."""
    try:
        yield
    except UserError:
        raise
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: {failure}: {error}; save it as UTF-8") from error
    except (OSError, EOFError, ValueError, ArithmeticError, csv.Error, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UserError(f"{name}: {failure}: {' '.join(reason.split())[:300]}") from error


def opened(path: Path, newline: str | None = None) -> io.TextIOWrapper:
    """Open a file of UTF-8, packed or not, with or without a byte order mark."""
    opener: Any = packing_of(path) or open
    return opener(path, "rt", encoding="utf-8-sig", newline=newline)  # type: ignore[no-any-return]


def decoded(text: str) -> Any:
    """Return the value of a JSON document, whose numbers keep their spelling; a key may stand only once.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def no_number(name: str) -> float:
    """Return NaN, which tables have for what is missing; raise ValueError for the infinite."""
    if name == "NaN":
        return float("nan")
    raise ValueError(f"{name} is no number of JSON")


DECODER = json.JSONDecoder(parse_float=Spelled, parse_constant=no_number, object_pairs_hook=one_of_each)


def from_lines(path: Path, name: str) -> Iterator[Entry]:
    """Yield the rows of a file of JSON Lines."""
    with explained(name, "cannot be read as JSON Lines"), opened(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            place = f"{name}, line {number}"
            try:
                row = decoded(line)
            except ValueError as error:
                whole = "; if the file is one JSON object, give the list of rows in it alone" * (line.strip() == "{")
                raise UserError(f"{place}: not JSON ({error}); one object per line is expected{whole}") from error
            yield Entry(place, an_object(row, place, "per line"))


def from_array(path: Path, name: str, field: str | None) -> Iterator[Entry]:
    """Yield the rows of a JSON array, decoded one by one; ``field`` holds the array if the file is an object."""
    with explained(name, "cannot be read as JSON"), opened(path) as file:
        content = file.read()
        held = an_object(decoded(content), name, "with the rows").get(field) if field else []
    if field:
        if not isinstance(held, list):
            raise UserError(f"{name}: no list under {field!r}, which the data set's README.md names as its rows")
        places = (f"{name}, {field} {number}" for number in count(1))
        yield from (Entry(place, an_object(row, place, "per row")) for place, row in zip(places, held, strict=False))
        return
    position, number = after_blanks(content, content.index("[") + 1), 0
    while not content.startswith("]", position):
        number += 1
        place = f"{name}, row {number}"
        try:
            row, position = DECODER.raw_decode(content, position)
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


def from_table(path: Path, name: str, delimiter: str) -> Iterator[Entry]:
    """Yield the rows of a CSV or TSV file, whose first line names the columns; every cell is text."""
    csv.field_size_limit(LARGEST_CELL)
    with explained(name, "cannot be read as a table"), opened(path, newline="") as file:
        lines = csv.reader(file, delimiter=delimiter, strict=True)
        header = next(lines, [])
        if twice := next((each for each in header if header.count(each) > 1), None):
            raise UserError(f"{name}: two columns are called {twice!r}; rename one")
        if len(header) == 1 and (other := next((each for each in ";\t|," if each in header[0]), None)):
            raise UserError(
                f"{name}: one column {header[0]!r}; columns are separated by {delimiter!r} here, not by {other!r}: "
                "save it so, or name it .tsv if it is one"
            )
        for number, cells in enumerate((cells for cells in lines if cells), 1):
            if len(cells) != len(header):
                raise UserError(
                    f"{name}, row {number}: {len(cells)} cells where the first line names {len(header)} columns; "
                    "quote cells that hold the delimiter or line breaks"
                )
            if cells == header:
                raise UserError(f"{name}, row {number}: the names of the columns once more; remove this line")
            yield Entry(f"{name}, row {number}", dict(zip(header, cells, strict=True)))


def from_parquet(path: Path, name: str) -> Iterator[Entry]:
    """Yield the rows of a Parquet file."""
    from pyarrow.parquet import ParquetFile

    from mixdistill.data.arrow import Batches

    number = 0
    with explained(name, "cannot be read as Parquet"):
        file = ParquetFile(path)
        batches = Batches(file.schema_arrow, name)
        for batch in file.iter_batches(batch_size=1000):
            for row in batches.rows(batch):
                number += 1
                yield Entry(f"{name}, row {number}", row)
