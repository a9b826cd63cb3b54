"""Rows of Arrow's tables: Parquet files, and what ``datasets`` saves."""

import json
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from mixdistill import limits
from mixdistill.data.files import Entry, refuse_columns
from mixdistill.data.pages import Column, columns
from mixdistill.data.values import Spelled, one_of_each
from mixdistill.errors import UserError
from mixdistill.jsonl import Row

MOST_ROWS = 1000
"""Rows of a batch."""
EXPANDING = 20
"""How many times its size a column unpacks to, of which single values may be as large as pages."""
VALUE = 8
"""Bytes that a value counts beside its content."""


def parquet_batches(path: Path, name: str, wanted: Collection[str] | None = None) -> "Iterator[tuple[Any, Batches]]":
    """Yield batches of a Parquet file and what turns them into rows; its pages are looked at before they are unpacked.

    Args:
        path: the file.
        name: what it is called in messages.
        wanted: columns to be read, see ``is_wanted``.

    Raises:
        UserError: it holds more than it may.
    """
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as plain:
        metadata, schema = plain.metadata, plain.schema_arrow
        leaves = [metadata.schema.column(index) for index in range(metadata.num_columns)]
        refuse_columns([leaf.path for leaf in leaves], name)
        chosen = [index for index, leaf in enumerate(leaves) if is_wanted(leaf.path, wanted)]
        budget, batches = Budget(path, name), Batches(schema, name, wanted)
        paths = [leaves[index].path for index in chosen]
        for index, group in enumerate(columns(path, name, metadata, chosen)):
            size, apart = reading(group, batches.read, name)
            file = ParquetFile(path, metadata=metadata, read_dictionary=apart) if apart else plain
            for batch in file.iter_batches(batch_size=size, row_groups=[index], columns=paths):
                yield from ((piece, batches) for piece in budget.pieces(batch))


def is_wanted(path: str, wanted: Collection[str] | None) -> bool:
    """Return whether a column is to be read: its name, up to the first dot, is among those wanted, or all are."""
    return wanted is None or path.partition(".")[0] in wanted


def reading(group: list[Column], fields: list[Any], name: str) -> tuple[int, list[str]]:
    """Return how many rows of a row group are read at once, and the columns whose repeated values are kept once.

    Raises:
        UserError: a row, or the values of nested columns, would take more than they may.
    """
    refuse_wide(group, fields, name)
    row, apart = 1 + sum(width(field.type) for field in fields), []
    for each in group:
        if each.nested and each.longest * each.repeated > limits.PAGES:
            if each.delta:
                raise UserError(f"{name}: its column {each.path!r} is packed as differences; write it as plain text")
            apart.append(each.path)
        elif not each.nested:
            row += each.longest
        row += each.largest if each.size > EXPANDING * each.packed else each.size // max(1, each.values)
    return max(1, min(MOST_ROWS, limits.BATCH // row)), apart


def refuse_wide(group: list[Column], fields: list[Any], name: str) -> None:
    """Raise UserError if values take too much by their types alone, as null too, which take nothing in the file.

    One row of a row group may have all values of a nested column.
    """
    if (row := sum(width(field.type) for field in fields)) > limits.LINE:
        widest = max(fields, key=lambda field: width(field.type))
        raise UserError(
            f"{name}: rows of {limits.in_units(row)} bytes by the types of their columns, and "
            f"{limits.in_units(limits.LINE)} are the limit; leave out {widest.name!r}"
        )
    values: Counter[str] = Counter()
    for each in group:
        top = each.path.partition(".")[0]
        values[top] = max(values[top], each.values if each.nested else 0)
    nested = {field.name: values[field.name.partition(".")[0]] * element(field.type) for field in fields}
    if (total := sum(nested.values())) > limits.NESTED:
        raise UserError(
            f"{name}: nested columns of {limits.in_units(total)} bytes in a row group, most of them in "
            f"{max(nested, key=lambda each: nested[each])!r}, and {limits.in_units(limits.NESTED)} are the limit; "
            "write it with smaller row groups"
        )


def width(kind: Any) -> int:
    """Return the bytes that each value of a type takes, whatever it is."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return width(kind.storage_type)
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size * width(kind.value_type))
    if pa.types.is_struct(kind):
        return sum(width(kind.field(index).type) for index in range(kind.num_fields))
    try:
        return int(kind.bit_width // 8) or 1
    except ValueError:
        return VALUE


def element(kind: Any) -> int:
    """Return the bytes that each value in the widest list of a type takes; 0 if there are no lists in it."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return element(kind.storage_type)
    inner = [kind.field(index).type for index in range(kind.num_fields)]
    lists = pa.types.is_nested(kind) and not pa.types.is_struct(kind)
    return max((max(element(each), width(each) + VALUE if lists else 0) for each in inner), default=0)


def from_arrow(path: Path, name: str, wanted: Collection[str] | None = None) -> Iterator[Entry]:
    """Yield the rows of a file of Arrow's, as ``datasets`` saves them: a stream, or a file with a stream in it.

    Raises:
        UserError: it is packed, damaged, or holds more than it may.
    """
    import pyarrow as pa

    number, budget = 0, Budget(path, name)
    with pa.memory_map(str(path)) as source:
        begin = len(MAGIC) if source.read(6) == MAGIC[:6] else 0
        source.seek(begin)
        refuse_packed(pa.ipc.MessageReader.open_stream(source), name)
        source.seek(begin)
        with pa.ipc.open_stream(source) as stream:
            refuse_columns(stream.schema.names, name)
            batches = Batches(stream.schema, name, wanted)
            refuse_shared(batches.read, name)
            names = [field.name for field in batches.read]
            for batch in stream:
                chosen = batch.select(names)
                chosen.validate(full=True)
                for piece in budget.pieces(chosen):
                    for row in batches.rows(piece):
                        number += 1
                        yield Entry(f"{name}, row {number}", row)


MAGIC = b"ARROW1\0\0"
RECORDS, DICTIONARIES = 3, 2
"""Kinds of Arrow's messages that hold values."""


def refuse_packed(messages: Any, name: str) -> None:
    """Raise UserError if a message of Arrow's is packed: what it unpacks to is known only afterwards."""
    for message in messages:
        data = bytes(message.metadata)
        (root,) = struct.unpack_from("<I", data)
        kind, about = entry_of(data, root, 1), entry_of(data, root, 2)
        if not about or not kind or data[kind] not in (RECORDS, DICTIONARIES):
            continue
        batch = about + struct.unpack_from("<I", data, about)[0]
        if data[kind] == DICTIONARIES and (inner := entry_of(data, batch, 1)):
            batch = inner + struct.unpack_from("<I", data, inner)[0]
        if entry_of(data, batch, 3):
            raise UserError(f"{name}: packed inside; save it as Parquet")


def entry_of(data: bytes, table: int, number: int) -> int:
    """Return where a field of a table of Flatbuffers is; 0 if it is not there."""
    index = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, index)[0]
    place = struct.unpack_from("<H", data, index + 4 + 2 * number)[0] if 4 + 2 * number < size else 0
    return table + place if place else 0


def refuse_shared(fields: list[Any], name: str) -> None:
    """Raise UserError for types whose values may share their bytes: a file of some bytes could hold any number."""
    import pyarrow as pa

    def shares(kind: Any) -> bool:
        if isinstance(kind, pa.BaseExtensionType):
            return shares(kind.storage_type)
        views = (pa.types.is_string_view, pa.types.is_binary_view, pa.types.is_list_view, pa.types.is_large_list_view)
        if any(one(kind) for one in (*views, pa.types.is_run_end_encoded, pa.types.is_union)):
            return True
        return any(shares(kind.field(index).type) for index in range(kind.num_fields))

    if found := next((each for each in fields if shares(each.type)), None):
        raise UserError(f"{name}: its column {found.name!r} is of a type that is not read here; save it as Parquet")


class Budget:
    """How much may come out of a file."""

    def __init__(self, path: Path, name: str) -> None:
        """Take the file's size for a measure."""
        self.most, self.taken, self.name = limits.unpacked(path, True, limits.BINARY_RATIO), 0, name

    def pieces(self, batch: Any) -> Iterator[Any]:
        """Yield a batch in pieces that can be turned into rows.

        Raises:
            UserError: a row, or all that was read of the file, is larger than it may be.
        """
        size = sum(map(weight, batch.columns))
        self.taken += size
        if self.taken > self.most:
            raise UserError(
                f"{self.name}: unpacks to more than {limits.in_units(self.most)} bytes, the limit for a file of its "
                f"size ({limits.BINARY_RATIO:,} times that); if you trust it, save its rows as JSON Lines"
            )
        waiting = [batch]
        while waiting:
            piece = waiting.pop()
            size = sum(map(weight, piece.columns))
            if size <= limits.PIECE:
                yield piece
            elif len(piece) == 1:
                if size > limits.LINE:
                    raise UserError(
                        f"{self.name}: a row of {limits.in_units(size)} bytes, and {limits.in_units(limits.LINE)} are "
                        "the limit; divide it, or leave it out"
                    )
                yield piece
            else:
                half = len(piece) // 2
                waiting += [piece.slice(half), piece.slice(0, half)]


def weight(array: Any) -> int:
    """Return the bytes of values, those that are kept once as often as they stand there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, own = array.type, VALUE * len(array)
    if isinstance(kind, pa.BaseExtensionType):
        return weight(array.storage)
    if pa.types.is_dictionary(kind):
        values = array.dictionary
        if not (pa.types.is_binary(kind.value_type) or pa.types.is_string(kind.value_type)):
            values = values.cast(pa.large_string())
        return own + (pc.sum(pc.binary_length(values).cast(pa.int64()).take(array.indices)).as_py() or 0)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return own + (pc.sum(pc.binary_length(array.cast(pa.large_binary()))).as_py() or 0)
    if pa.types.is_struct(kind):
        return own + sum(map(weight, array.flatten()))
    if pa.types.is_map(kind):
        return weight(array.cast(pa.list_(pa.struct([kind.key_field, kind.item_field]))))
    if pa.types.is_nested(kind):
        return own + weight(array.flatten())
    return own + int(array.nbytes)


class Batches:
    """Turns record batches of one schema into rows."""

    def __init__(self, schema: Any, name: str, wanted: Collection[str] | None = None) -> None:
        """Find the columns to read, and those that want more than ``to_pylist``: short numbers, JSON of ``datasets``.

        Raises:
            UserError: two columns have the same name, or they are nested too deeply.
        """
        refuse_columns(schema.names, name)
        self.read = [field for field in schema if is_wanted(field.name, wanted)]
        if any(too_deep(each.type) for each in self.read):
            raise UserError(f"{name}: a column is nested more than {limits.DEPTH} times, which is the limit")
        self.names = {field.name: names_of(field.type) for field in schema}
        features = features_of(schema.metadata or {})
        self.columns = {
            field.name: (field.type, features.get(field.name))
            for field in self.read
            if has_short_numbers(field.type) or has_json(features.get(field.name))
        }

    def rows(self, batch: Any) -> list[Row]:
        """Return the rows of a batch; a column that is not read stands in them by its name, without a value."""
        made: list[Row] = batch.to_pylist()
        for name, (kind, feature) in self.columns.items():
            for row in made:
                row[name] = read(row[name], kind, feature)
        return made if len(self.read) == len(self.names) else [self.names | row for row in made]


def names_of(kind: Any, depth: int = 2) -> dict[str, Any] | None:
    """Return the names in a struct, up to a depth, without values: messages name what a row has."""
    import pyarrow as pa

    if not depth or not pa.types.is_struct(kind):
        return None
    return {kind.field(index).name: names_of(kind.field(index).type, depth - 1) for index in range(kind.num_fields)}


def features_of(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    """Return what ``datasets`` has noted of the columns; nothing if it has not, or what is there cannot be read."""
    noted = metadata.get(b"huggingface", b"{}")
    try:
        info = json.loads(noted) if len(noted) <= limits.ABOUT else {}
    except (ValueError, RecursionError):
        return {}
    inner = info.get("info") if isinstance(info, dict) else None
    features = inner.get("features") if isinstance(inner, dict) else None
    return features if isinstance(features, dict) and not limits.is_deep(features) else {}


def too_deep(kind: Any, left: int = limits.DEPTH) -> bool:
    """Return whether a type is nested more often than it may be."""
    return not left or any(too_deep(kind.field(index).type, left - 1) for index in range(kind.num_fields))


def has_short_numbers(kind: Any) -> bool:
    """Return whether numbers of 32 or 16 bits are in a type; as Python's they would have digits that nobody wrote."""
    import pyarrow as pa

    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return True
    inner = (kind.field(index) for index in range(kind.num_fields)) if pa.types.is_nested(kind) else ()
    return any(has_short_numbers(field.type) for field in inner)


def has_json(feature: Any) -> bool:
    """Return whether a feature of ``datasets`` holds values as the text of JSON (columns of mixed types)."""
    if isinstance(feature, dict):
        return feature.get("_type") == "Json" or any(map(has_json, feature.values()))
    return isinstance(feature, list) and any(map(has_json, feature))


def read(value: Any, kind: Any, feature: Any) -> Any:
    """Return a value with short numbers as they are meant and JSON decoded, at any depth."""
    import pyarrow as pa

    if value is None:
        return None
    if isinstance(feature, dict) and feature.get("_type") == "Json":
        if limits.too_many(value):
            raise ValueError(f"more than {limits.VALUES:,} values of JSON in a row, which is the limit")
        made = json.loads(value, parse_float=Spelled, object_pairs_hook=one_of_each)
        if limits.is_deep(made):
            raise ValueError(f"JSON that is nested more than {limits.DEPTH} times, which is the limit")
        return made
    if isinstance(value, float) and (pa.types.is_float32(kind) or pa.types.is_float16(kind)):
        return short(value, 16 if pa.types.is_float16(kind) else 32)
    if isinstance(value, list) and not pa.types.is_map(kind):
        inner = feature[0] if isinstance(feature, list) and feature else of_feature(feature, "feature")
        return [read(each, kind.value_type, inner) for each in value]
    if isinstance(value, dict):
        fields = {kind.field(index).name: kind.field(index).type for index in range(kind.num_fields)}
        return {name: read(each, fields[name], of_feature(feature, name)) for name, each in value.items()}
    return value


def of_feature(feature: Any, name: str) -> Any:
    """Return what stands in a feature under a name; nothing if it is not of the kind that its column wants."""
    return feature.get(name) if isinstance(feature, dict) else None


def short(value: float, bits: int) -> float:
    """Return a number of few bits with the fewest digits that tell it from its neighbours."""
    import numpy as np

    return value if value != value else Spelled(str((np.float16 if bits == 16 else np.float32)(value)))
