"""Columns of binary tables that nobody reads: neither refused nor unpacked; and those that nobody could hold."""

import json
from io import BytesIO

import pytest
from load_problems import main as load_problems
from mixdistill import limits
from mixdistill.data.files import rows
from mixdistill.data.pages import page_at
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


def loaded(folder, path, fields=()):
    load_problems(path, folder / "out.jsonl", folder / "out.counts.json", "s", {}, dict(fields), "plain")
    return list(read(folder / "out.jsonl"))


PROBLEMS = [
    {"id": f"s/{number}", "problem": BASE["problem"][number], "answer": BASE["answer"][number]} for number in (0, 1)
]


def unread():
    """Columns that cannot be read, or would take gigabytes, by name."""
    import pyarrow as pa

    never = pa.py_buffer((2**62).to_bytes(8, "little") * 2)
    yield "time", pa.Array.from_buffers(pa.timestamp("ms"), 2, [None, never])
    yield "zone", pa.array([1, 2], pa.timestamp("us", "Nowhere/Bad"))
    yield "wide", pa.nulls(2, pa.list_(pa.int8(), 2**21))
    yield "fixed", pa.nulls(2, pa.binary(2**21))


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_columns_that_nobody_reads_are_not_unpacked(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(limits, "PIECE", 2**20)
    monkeypatch.setattr(limits, "LINE", 2**20)
    for name, column in unread():
        if ending == "arrow" and name not in ("time", "zone"):
            continue  # values that are null take their width there
        assert loaded(tmp_path, saved(tmp_path, {name: column}, ending)) == PROBLEMS


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_columns_are_read_by_the_beginning_of_their_names(tmp_path, ending):
    path = saved(tmp_path, {"meta": [{"level": 1}, {"level": 2}], "a.b": ["x", "y"], "other": [1, 2]}, ending)
    levels = {"level": "meta.level", "subject": "a.b"}
    assert [(row["level"], row["subject"]) for row in loaded(tmp_path, path, levels)] == [("1", "x"), ("2", "y")]
    with pytest.raises(UserError, match=r"no field 'q' \(it has problem, answer, meta.level, a.b, other\); name it"):
        loaded(tmp_path, path, {"problem": "q"})


def test_types_that_take_more_than_a_row_may_are_refused_before_they_are_read(tmp_path, monkeypatch):
    """Null values, which take nothing in the file."""
    import pyarrow as pa

    monkeypatch.setattr(limits, "LINE", 2**20)
    wide = saved(tmp_path, {"level": pa.nulls(2, pa.list_(pa.int8(), 2**21))}, "parquet")
    assert wide.stat().st_size < 2**12
    with pytest.raises(UserError, match="rows of 2 Mi bytes by the types .* and 1 Mi are the limit; leave out 'level'"):
        loaded(tmp_path, wide)
    many = {f"c{number}": pa.nulls(2, pa.binary(2**16)) for number in range(20)}
    with pytest.raises(UserError, match="x.parquet: rows of 1 Mi bytes by the types"):
        list(rows(saved(tmp_path, many, "parquet"), {}))


def test_wide_types_are_read_a_few_rows_at_a_time(tmp_path, monkeypatch):
    import pyarrow as pa
    from mixdistill.data.arrow import parquet_batches

    monkeypatch.setattr(limits, "BATCH", 2**20)
    path = saved(tmp_path, {"c": pa.nulls(2, pa.binary(2**20))}, "parquet")
    assert [len(batch) for batch, _ in parquet_batches(path, "x")] == [1, 1]


def test_one_row_with_all_values_of_nested_columns_is_refused(tmp_path, monkeypatch):
    import pyarrow as pa

    monkeypatch.setattr(limits, "NESTED", 2**19)
    one = pa.ListArray.from_arrays(pa.array([0, 2**15, 2**15], pa.int32()), pa.array([0] * 2**15))
    path = saved(tmp_path, {f"c{number}": one for number in range(6)}, "parquet", compression="zstd")
    with pytest.raises(UserError, match=r"nested columns of 3 Mi bytes in a row group, .* 'c0', and 524,288 are the"):
        list(rows(path, {}))
    assert loaded(tmp_path, path) == PROBLEMS


@pytest.mark.parametrize("feature", ["abc", 5, [], [1], {"feature": "x"}, {"a": "z"}])
def test_features_that_do_not_fit_their_columns_are_not_heeded(tmp_path, feature):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    for value, kind in (([1.5], pa.list_(pa.float32())), ({"a": 1.5}, pa.struct([("a", pa.float32())]))):
        noted = json.dumps({"info": {"features": {"x": feature}}})
        table = pa.table({"x": pa.array([value], kind)}).replace_schema_metadata({"huggingface": noted})
        write_table(table, tmp_path / "x.parquet")
        assert [entry.row for entry in rows(tmp_path / "x.parquet", {})] == [{"x": value}]


def test_a_page_with_a_number_where_a_struct_belongs_is_refused():
    with pytest.raises(ValueError, match="a page's header holds a number where a struct belongs"):
        page_at(BytesIO(b"\x15\x00\x15\x02\x15\x02\x25\x02\x00"), 0)
