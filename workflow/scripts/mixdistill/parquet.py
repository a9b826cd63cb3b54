"""Tables of rows as Parquet, written whole or not at all."""

import re
from collections.abc import Iterable
from pathlib import Path

from mixdistill.jsonl import Row, beside

HALF = re.compile("[\ud800-\udfff]")


def write(path: Path, rows: Iterable[Row], columns: dict[str, str]) -> None:
    """Write rows with the given columns, each a ``name`` (text with few values), ``text``, ``count`` or ``truth``.

    A lone surrogate, which models do emit, cannot be stored: U+FFFD stands for it.
    """
    import pyarrow as pa
    from pyarrow.parquet import write_table

    types = {
        "name": pa.dictionary(pa.int32(), pa.string()),
        "text": pa.string(),
        "count": pa.int64(),
        "truth": pa.bool_(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    partial = beside(path)
    listed = list(rows)
    try:
        table = pa.Table.from_pylist(listed, schema=schema)
    except UnicodeEncodeError:
        table = pa.Table.from_pylist([storable(row) for row in listed], schema=schema)
    write_table(table, partial)
    partial.replace(path)


def storable(row: Row) -> Row:
    """Return a row without lone surrogates."""
    return {name: HALF.sub("\ufffd", value) if isinstance(value, str) else value for name, value in row.items()}
