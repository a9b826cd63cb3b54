"""Rows of Arrow's tables: Parquet files, and what ``datasets`` saves."""

import json
from typing import Any

from mixdistill.data.values import Spelled, one_of_each
from mixdistill.errors import UserError
from mixdistill.jsonl import Row


class Batches:
    """Turns record batches of one schema into rows."""

    def __init__(self, schema: Any, name: str) -> None:
        """Find the columns that want more than ``to_pylist``: short numbers, and the JSON of ``datasets``.

        Raises:
            UserError: two columns have the same name.
        """
        if twice := next((each for each in schema.names if schema.names.count(each) > 1), None):
            raise UserError(f"{name}: two columns are called {twice!r}; rename one")
        info = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = (info.get("info") or {}).get("features") or {}
        self.columns = {
            field.name: (field.type, features.get(field.name))
            for field in schema
            if has_short_numbers(field.type) or has_json(features.get(field.name))
        }

    def rows(self, batch: Any) -> list[Row]:
        """Return the rows of a batch."""
        made: list[Row] = batch.to_pylist()
        for name, (kind, feature) in self.columns.items():
            for row in made:
                row[name] = read(row[name], kind, feature)
        return made


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
        return json.loads(value, parse_float=Spelled, object_pairs_hook=one_of_each)
    if isinstance(value, float) and (pa.types.is_float32(kind) or pa.types.is_float16(kind)):
        return short(value, 16 if pa.types.is_float16(kind) else 32)
    if isinstance(value, list) and not pa.types.is_map(kind):
        inner = feature[0] if isinstance(feature, list) else (feature or {}).get("feature")
        return [read(each, kind.value_type, inner) for each in value]
    if isinstance(value, dict):
        fields = {kind.field(index).name: kind.field(index).type for index in range(kind.num_fields)}
        return {name: read(each, fields[name], (feature or {}).get(name)) for name, each in value.items()}
    return value


def short(value: float, bits: int) -> float:
    """Return a number of few bits with the fewest digits that tell it from its neighbours."""
    import numpy as np

    return value if value != value else Spelled(str((np.float16 if bits == 16 else np.float32)(value)))
