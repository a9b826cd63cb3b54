"""Tables of rows as Parquet, written whole or not at all."""

from collections.abc import Iterable
from pathlib import Path

from mixdistill.jsonl import Row, beside


def write(path: Path, rows: Iterable[Row], columns: dict[str, str]) -> None:
    """Write rows with the given columns, each a ``name`` (text with few values), ``text``, ``count`` or ``truth``."""
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
    write_table(pa.Table.from_pylist(list(rows), schema=schema), partial)
    partial.replace(path)
