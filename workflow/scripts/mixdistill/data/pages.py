"""Pages of Parquet files, looked at before they are unpacked: their headers say what they hold, and footers may lie.

A page's header is a struct of Thrift's compact protocol (parquet-format, ``PageHeader``).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from mixdistill import limits
from mixdistill.errors import UserError

HEADER = 2**20
"""Bytes of a page's header: statistics in it may hold a value or two."""
DICTIONARY = 2
DELTA = 7
"""The encoding whose values repeat the beginning of the one before."""
LOOKUPS = (2, 8)
"""The encodings whose values are places in a dictionary."""
SMALL = 2**16
"""Bytes of a dictionary that is not looked into."""
BYTES = "BYTE_ARRAY"
AGAIN = "write or fetch it again"


class Page(NamedTuple):
    """What the header of a page says."""

    kind: int
    size: int
    """Bytes when unpacked."""
    packed: int
    values: int
    encoding: int
    begin: int
    """Where it begins in the file, behind its header."""


class Column(NamedTuple):
    """What a column of a row group may grow to when it is read."""

    path: str
    size: int
    """Bytes of all its pages, unpacked."""
    packed: int
    """Bytes of all its pages, as they are in the file."""
    largest: int
    """Bytes of its largest page."""
    longest: int
    """Bytes that a value may have without standing in the file each time; 0 if there are no such values."""
    repeated: int
    """How many such values there are."""
    delta: bool
    """Whether these are written as differences."""
    nested: bool
    values: int


class Compact:
    """Reads Thrift's compact protocol."""

    def __init__(self, data: bytes) -> None:
        """Begin at the beginning."""
        self.data, self.position = data, 0

    def byte(self) -> int:
        """Return the next byte."""
        self.position += 1
        return self.data[self.position - 1]

    def number(self) -> int:
        """Return the next unsigned number."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError("a number is too long")

    def signed(self) -> int:
        """Return the next number."""
        value = self.number()
        return (value >> 1) ^ -(value & 1)

    def struct(self, depth: int = 4) -> dict[int, Any]:
        """Return the numbers and structs in a struct, by field."""
        found: dict[int, Any] = {}
        field = 0
        while kind := self.byte():
            field = field + (kind >> 4) if kind >> 4 else self.signed()
            match kind & 15:
                case 1 | 2:
                    found[field] = kind & 15
                case 3:
                    self.byte()
                case 4 | 5 | 6:
                    found[field] = self.signed()
                case 8:
                    length = self.number()
                    self.position += length
                case 12 if depth:
                    found[field] = self.struct(depth - 1)
                case other:
                    raise ValueError(f"a field of kind {other}")
        return found


def page_at(file: BinaryIO, position: int) -> Page:
    """Return the page whose header is at a position."""
    data = b""
    for size in (1024, HEADER):
        file.seek(position)
        data = file.read(size)
        reader = Compact(data)
        try:
            header = reader.struct()
            break
        except IndexError:
            continue
    else:
        raise ValueError("a page's header is torn")
    about = header.get(5) or header.get(7) or header.get(8) or {}
    if not isinstance(about, dict):
        raise ValueError("a page's header holds a number where a struct belongs")
    encoding = about.get(4 if 8 in header else 2, 0)
    page = Page(header[1], header[2], header[3], about.get(1, 0), encoding, position + reader.position)
    if min(page) < 0:
        raise ValueError("a page of negative size")
    return page


def pages(file: BinaryIO, begin: int, end: int, values: int) -> Iterator[Page]:
    """Yield the pages of a column in a row group, as they are read: until all values are there, or its bytes end."""
    while values > 0 and begin < end:
        page = page_at(file, begin)
        begin = page.begin + page.packed
        yield page
        values -= page.values if page.kind != DICTIONARY else 0


def column(file: BinaryIO, name: str, schema: Any, chunk: Any) -> Column:
    """Look at all pages of a column in a row group.

    Raises:
        UserError: they are not there, or larger than they may be.
    """
    begin = chunk.data_page_offset
    if chunk.dictionary_page_offset:
        begin = min(begin, chunk.dictionary_page_offset)
    try:
        found = list(pages(file, begin, begin + chunk.total_compressed_size, chunk.num_values))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(
            f"{name}: the pages of its column {schema.path!r} cannot be found ({error}); {AGAIN}"
        ) from error
    largest = max((page.size for page in found), default=0)
    if largest > limits.PAGE:
        raise UserError(
            f"{name}: a page of its column {schema.path!r} unpacks to {limits.in_units(largest)} bytes, and "
            f"{limits.in_units(limits.PAGE)} are the limit; write it with smaller pages (data_page_size)"
        )
    values = sum(page.values for page in found if page.kind != DICTIONARY)
    nested = schema.max_repetition_level > 0
    if max((page.values for page in found), default=0) > limits.PAGE_VALUES:
        raise UserError(
            f"{name}: its column {schema.path!r} has {values:,} values in a page, and {limits.PAGE_VALUES:,} are "
            "the limit; write it with smaller pages (data_page_size)"
        )
    size, packed = sum(page.size for page in found), sum(page.packed for page in found)
    if schema.physical_type != BYTES:
        return Column(schema.path, size, packed, largest, 0, 0, False, nested, values)
    deltas = [page for page in found if page.kind != DICTIONARY and page.encoding == DELTA]
    lookups = [page for page in found if page.kind != DICTIONARY and page.encoding in LOOKUPS]
    longest = max((page.size for page in deltas), default=0)
    for page in found:
        if page.kind == DICTIONARY:
            longest = max(longest, longest_in(file, page, chunk.compression))
    repeated = sum(page.values for page in (*deltas, *lookups))
    return Column(schema.path, size, packed, largest, longest, repeated, bool(deltas), nested, values)


def longest_in(file: BinaryIO, page: Page, compression: str) -> int:
    """Return the bytes of the longest value in a dictionary; of all of it where it is small or cannot be unpacked."""
    if page.size < SMALL:
        return page.size
    import pyarrow as pa

    file.seek(page.begin)
    data = file.read(page.packed)
    try:
        if compression != "UNCOMPRESSED":
            data = pa.decompress(data, page.size, codec=compression.lower(), asbytes=True)
    except (ValueError, OSError):
        return page.size
    longest = position = 0
    for _ in range(page.values):
        length = int.from_bytes(data[position : position + 4], "little")
        longest = max(longest, length)
        position += 4 + length
        if position >= len(data):
            break
    return min(longest, page.size)


def columns(path: Path, name: str, metadata: Any, chosen: list[int]) -> Iterator[list[Column]]:
    """Yield what columns of each row group may grow to, those of the places given.

    Raises:
        UserError: that is more than it may be.
    """
    leaves = {place: metadata.schema.column(place) for place in chosen}
    with path.open("rb") as file:
        for index in range(metadata.num_row_groups):
            group = metadata.row_group(index)
            found = [column(file, name, leaf, group.column(place)) for place, leaf in leaves.items()]
            if (size := sum(each.largest for each in found)) > limits.PAGES:
                raise UserError(
                    f"{name}: the pages of its columns unpack to {limits.in_units(size)} bytes at once, and "
                    f"{limits.in_units(limits.PAGES)} are the limit; leave out columns, or write it with smaller pages "
                    "(data_page_size)"
                )
            yield found
