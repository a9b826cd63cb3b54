"""Columns of binary tables that nobody reads: neither refused nor unpacked; and those that nobody could hold."""

import json

import pytest
from load_problems import main as load_problems
from mixdistill import limits
from mixdistill.data.files import rows
from mixdistill.errors import UserError
from mixdistill.jsonl import read

BASE = {"problem": ["1+1?", "2+2?"], "answer": ["2", "4"]}


def saved(folder, columns, ending, **how):
    """A table of our two problems and other columns, as Parquet or as Arrow's stream."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    path, table = folder / f"x.{ending}", pa.table({**BASE, **columns})
    if ending == "parquet":
        write_table(table, path, **how)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_maps_are_read(tmp_path, ending):
    """Spark writes them."""
    import pyarrow as pa

    kind = pa.map_(pa.string(), pa.list_(pa.map_(pa.string(), pa.int32())))
    path = saved(tmp_path, {"meta": pa.array([[("a", [[("b", 1)]])], None], kind)}, ending)
    assert [entry.row["meta"] for entry in rows(path, {})] == [[("a", [[("b", 1)]])], None]
