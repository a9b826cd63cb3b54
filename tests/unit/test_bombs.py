"""Small files that unpack to more than memory: refused in one line, in a process whose memory stays small."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
import tracemalloc
from hashlib import sha256
from io import BytesIO

import pytest
from mixdistill import limits
from mixdistill.data.files import rows
from mixdistill.errors import UserError
from mixdistill.jsonl import read
from planning import REPO

MOST = 500
"""MiB that reading any of these files may take: pyarrow and Python alone take 100 to 150, a line of the
limit and its value some more."""

READER = """
import sys
from pathlib import Path
sys.path.insert(0, "workflow/scripts")
from mixdistill import limits
from mixdistill.data.files import rows
limits.BINARY_RATIO = 200
limits.UNPACKED, limits.PAGE, limits.LINE = 2**22, 2**24, 2**24  # up to the real ones it takes a minute
from mixdistill.errors import UserError
for name in sys.argv[1:]:
    try:
        number = sum(1 for _ in rows(Path(name), {}))
        print(f"{number} rows")
    except UserError as error:
        print(error)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def read_apart(*files):
    """What reading files says, a line each, and the largest memory of it in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", READER, *map(str, files)], cwd=REPO, capture_output=True, text=True, check=True
    )
    *said, most = done.stdout.splitlines()
    assert len(said) == len(files), done.stdout
    return said, int(most)


def parquet(path, table, **how):
    from pyarrow.parquet import write_table

    write_table(table, path, **how)
    return path


def tables(folder):
    """Tables of Parquet, each small, of which a straightforward reader makes gigabytes; with what they are told."""
    import pyarrow as pa

    big, dictionary = "x" * 2**23, {"compression": "zstd", "use_dictionary": True, "dictionary_pagesize_limit": 2**30}
    same = pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int32()), pa.array([big])).cast(
        pa.dictionary(pa.int32(), pa.large_string())
    )
    yield (
        parquet(folder / "same.parquet", pa.table({"problem": same}), **dictionary),
        "unpacks to more than 4 Mi bytes",
    )
    nested = pa.ListArray.from_arrays(pa.array([0, 5000]), same)
    yield parquet(folder / "nested.parquet", pa.table({"problem": nested}), **dictionary), "unpacks to more than 4 Mi"
    page = pa.table({"problem": pa.array(["y" * 2**25])})
    path = parquet(folder / "page.parquet", page, compression="zstd", use_dictionary=False, write_statistics=False)
    yield path, "and 16 Mi are the limit; write it with smaller pages"
    nulls = pa.table({"x": pa.array([None] * 2_000_000, pa.int8())})
    yield parquet(folder / "nulls.parquet", nulls, compression="zstd"), "unpacks to more than 4 Mi bytes"
    wide = pa.table({f"c{number}": [1] for number in range(limits.COLUMNS + 1)})
    yield parquet(folder / "wide.parquet", wide), "10,001 columns, and 10,000 are the limit"


def test_parquet_that_unpacks_to_more_than_memory_is_refused(tmp_path):
    made = list(tables(tmp_path))
    said, most = read_apart(*(path for path, _ in made))
    for (path, message), line in zip(made, said, strict=True):
        assert path.stat().st_size < 2**20 or path.stem == "wide"
        assert line.startswith(str(path))
        assert message in line
    assert most < MOST, said


def lines(folder):
    """Packed text, and text that is one row, with what they are told."""
    row = b'{"problem": "x", "answer": 1}\n'
    for ending, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        path = folder / f"many.jsonl.{ending}"
        path.write_bytes(pack(row * 200_000))
        yield path, "unpacks to more than 4 Mi characters, the limit for a packed file of its size"
    for name, start, middle in (
        ("line.jsonl", b'{"a": "', b"x"),
        ("blank.jsonl", b"", b" "),
        ("array.json", b'[{"a": "', b"x"),
        ("table.csv", b"a,b\n1,", b"x"),
        ("lines.csv", b'a,b\n1,"', b"x" * 1023 + b"\n"),
    ):
        path = folder / name
        with path.open("wb") as file:
            file.write(start)
            for _ in range(18):
                file.write(middle * (2**20 // len(middle)))
        yield path, "16 Mi" if name != "array.json" else "the limit of a row"
    for name, text in (("values.jsonl", b'{"a": [' + b"[]," * 4_500_000), ("values.json", b"[[" + b"{}," * 4_500_000)):
        path = folder / name
        path.write_bytes(text)
        yield path, "values"
    path = folder / "wide.csv"
    path.write_bytes(b"," * 20_000 + b"\n")
    yield path, "20,001 columns, and 10,000 are the limit"


def test_text_that_is_one_endless_row_is_refused(tmp_path):
    made = list(lines(tmp_path))
    said, most = read_apart(*(path for path, _ in made))
    for (path, message), line in zip(made, said, strict=True):
        assert line.startswith(str(path))
        assert message in line
    assert most < MOST, said


def test_the_first_lines_of_a_folders_tables_are_bounded_too(tmp_path, monkeypatch):
    from mixdistill.data.folders import refuse_fragments

    monkeypatch.setattr(limits, "LINE", 2**16)
    path = tmp_path / "train.csv"
    path.write_bytes(bz2.compress(b"x" * 2**23))
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"x/train.csv, line 1: a row of more than 65,536 characters"):
            refuse_fragments({path: "x/train.csv"}, "x")
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    path.write_bytes(gzip.compress(b"a,b\n" * 99)[:12])
    with pytest.raises(UserError, match=r"x/train.csv: cannot be read as a table: .*; copy or fetch it again"):
        refuse_fragments({path: "x/train.csv"}, "x")


def test_a_footer_that_lies_does_not_help(tmp_path, monkeypatch):
    """The footer says that a column is small, the header of its page that it is not."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    path = parquet(tmp_path / "x.parquet", pa.table({"a": ["x" * 2**20]}), compression="zstd", use_dictionary=False)
    start = ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    found = content.index(b"\x15", start + 1)  # the second number of the header: its unpacked size
    assert content[found + 1] & 128
    content[found + 1 : found + 5] = b"\xfe\xff\xff\x7f"
    path.write_bytes(bytes(content))
    monkeypatch.setattr(limits, "PAGE", 2**24)
    with pytest.raises(UserError, match=r"x.parquet: a page of its column 'a' unpacks to 128 Mi bytes, and 16 Mi are"):
        list(rows(path, {}))


def test_nested_and_repeated_rows_are_refused(tmp_path):
    (tmp_path / "deep.jsonl").write_text('{"a": ' + "[" * 100 + "]" * 100 + "}\n")
    with pytest.raises(UserError, match=r"deep.jsonl, line 1: nested more than 64 times, which is the limit"):
        list(rows(tmp_path / "deep.jsonl", {}))
    (tmp_path / "deep.json").write_text('[{"a": ' + "[" * 100_000)
    with pytest.raises(UserError, match=r"deep.json, row 1: not JSON"):
        list(rows(tmp_path / "deep.json", {}))
    with pytest.raises(UserError, match=r"deep.jsonl:1: nested more than 64 times"):
        list(read(tmp_path / "deep.jsonl"))


def test_logs_are_bounded_too(tmp_path):
    for name, pack in (("x.jsonl", bytes), ("x.jsonl.gz", gzip.compress)):
        (tmp_path / name).write_bytes(pack(b'{"a": "' + b"x" * (limits.LINE + 1)))
        with pytest.raises(UserError, match=r"line 1: a row of more than 64 Mi characters, which is the limit"):
            list(read(tmp_path / name))


def stream(table, **how):
    import pyarrow as pa

    made = BytesIO()
    with pa.ipc.new_stream(made, table.schema, options=pa.ipc.IpcWriteOptions(**how)) as writer:
        writer.write_table(table)
    return made.getvalue()


def test_numbers_in_two_characters_each_are_counted_before_they_are_read(tmp_path):
    import pyarrow as pa

    values = "[" + "1," * (limits.VALUES + 10) + "1]"
    noted = {"info": {"features": {"meta": {"_type": "Json"}}}}
    table = pa.table({"meta": [values]}).replace_schema_metadata({"huggingface": json.dumps(noted)})
    path = parquet(tmp_path / "json.parquet", table, compression="zstd", use_dictionary=False)
    with pytest.raises(UserError, match=r"json.parquet.*: more than 2,097,152 values of JSON in a row"):
        list(rows(path, {}))
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "train.json.gz").write_bytes(gzip.compress(f'{{"data": [{{"a": 1}}], "b": {values}}}'.encode()))
    (folder / "README.md").write_text("---\nconfigs: [{config_name: x, data_files: train.json.gz, field: data}]\n---\n")
    with pytest.raises(UserError, match="or 2,097,152 values, the limits of JSON that is read whole"):
        list(rows(folder, {}))


def test_what_all_rows_have_in_common_does_not_count_against_a_table(tmp_path):
    """A system prompt or a list of tools stands in Parquet once."""
    import pyarrow as pa

    table = pa.table(
        {
            "tools": ["abc " * 5_000] * 4_000,
            "problem": [sha256(bytes([index % 256, index >> 8])).hexdigest() for index in range(4_000)],
        }
    )
    path = parquet(tmp_path / "tools.parquet", table, compression="zstd")
    assert max(limits.UNPACKED, limits.RATIO * path.stat().st_size) < 4_000 * 20_000
    assert sum(1 for _ in rows(path, {})) == 4_000


def test_arrow_that_is_packed_shared_or_damaged_is_refused(tmp_path):
    import pyarrow as pa

    table, path = pa.table({"problem": ["abc" * 100]}), tmp_path / "x.arrow"
    path.write_bytes(stream(table))
    assert [entry.row for entry in rows(path, {})] == table.to_pylist()
    path.write_bytes(stream(table, compression="zstd"))
    with pytest.raises(UserError, match="x.arrow: packed inside; save it as Parquet"):
        list(rows(path, {}))
    path.write_bytes(stream(pa.table({"problem": pa.array(["abc" * 100], pa.string_view())})))
    with pytest.raises(UserError, match="its column 'problem' is of a type that is not read here; save it as Parquet"):
        list(rows(path, {}))
    content = bytearray(stream(table))
    place = content.index((300).to_bytes(4, "little"), content.index(b"\0\0\0\0\x2c\x01\0\0"))  # where the text ends
    content[place : place + 4] = (2**30).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="x.arrow: cannot be read as Arrow"):
        list(rows(path, {}))


def test_long_arrays_are_read_row_by_row(tmp_path):
    made = [{"problem": "é" * (7 * number % 1000), "answer": number} for number in range(6000)]
    (tmp_path / "a.json").write_text(json.dumps(made, indent=1, ensure_ascii=False), encoding="utf-8")
    assert [entry.row for entry in rows(tmp_path / "a.json", {})] == made
