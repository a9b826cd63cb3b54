"""Files and folders of rows: read by what they are, and one line for a broken one."""

import bz2
import csv
import gzip
import json
from pathlib import Path

import pytest
import yaml
from mixdistill.data.files import rows
from mixdistill.errors import UserError
from mixdistill.jsonl import write


def parquet(path, raw):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.Table.from_pylist(raw), path)


ROWS = [{"problem": "p,1\n", "answer": "1"}, {"problem": "é", "answer": "2"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
FILES = {
    "a.json": json.dumps(ROWS, indent=1),
    "b.json": LINES,
    "c.JSONL": LINES,
    "d.ndjson": "\n" + LINES,
    "e.jsonl": "\ufeff" + LINES,
    "f.json": "\ufeff " + json.dumps(ROWS),
    "g": LINES,
    "h.jsonl": json.dumps(ROWS),
    "i.jsonl": LINES.replace("\n", "\r\n"),
    "j.csv": LINES,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("packed", [False, True])
def test_json_is_read_whatever_its_ending(tmp_path, name, packed):
    path = tmp_path / (name + ".gz" * packed)
    content = FILES[name].encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert [entry.row for entry in rows(path, {})] == ROWS


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.tsv"])
def test_tables_are_read_as_text(tmp_path, name):
    with (tmp_path / name).open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, ["problem", "answer"], delimiter="\t" if name == "a.tsv" else ",")
        table.writeheader()
        table.writerows(ROWS)
    assert [entry.row for entry in rows(tmp_path / name, {})] == ROWS


def fill(folder, kind):
    folder.mkdir(parents=True)
    if kind == "spark":
        parquet(folder / "part-00000-1b7c.snappy.parquet", ROWS[:1])
        parquet(folder / "part-00001-1b7c.snappy.parquet", ROWS[1:])
        (folder / "_SUCCESS").touch()
        (folder / ".part-00000-1b7c.snappy.parquet.crc").write_bytes(b"x")
    elif kind == "hub":
        parquet(folder / "train-00000-of-00001.parquet", ROWS)
        parquet(folder / "test-00000-of-00001.parquet", ROWS[:1])
    else:
        write(folder / "rows.jsonl", ROWS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("json", "lines"), ("csv", "lines"), ("parquet", "spark"), ("out.parquet", "spark"), ("set.jsonl", "hub")],
)
def test_a_folder_is_the_folder_whatever_its_name(tmp_path, monkeypatch, name, kind):
    fill(tmp_path / name, kind)
    monkeypatch.chdir(tmp_path)
    assert [entry.row for entry in rows(Path(name), {})] == ROWS


def test_folders_of_save_to_disk(tmp_path):
    from datasets import Dataset, DatasetDict

    data = Dataset.from_list(ROWS)
    data.save_to_disk(str(tmp_path / "one"))
    DatasetDict({"train": data, "test": data.select([1])}).save_to_disk(str(tmp_path / "two"))
    assert [entry.row for entry in rows(tmp_path / "one", {})] == ROWS
    assert [entry.row for entry in rows(tmp_path / "two", {"split": "test"})] == ROWS[1:]
    with pytest.raises(UserError, match=r"two \(split dev\): no such split; it has train, test"):
        list(rows(tmp_path / "two", {"split": "dev"}))


def test_a_file_that_no_split_has_is_not_left_out_in_silence(tmp_path):
    (tmp_path / "set" / "data").mkdir(parents=True)
    write(tmp_path / "set" / "data" / "train.jsonl", ROWS)
    write(tmp_path / "set" / "more.jsonl", ROWS)
    with pytest.raises(UserError, match=r"set: more.jsonl belongs to no split; give a single file as the path, or say"):
        list(rows(tmp_path / "set", {}))


def layout(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        if name.endswith(".csv"):
            (folder / name).write_text("problem,answer\np,1\n" if "headless" not in name else "q,2\n")
        elif name.endswith(".zst"):
            (folder / name).write_bytes(b"\x28\xb5\x2f\xfd packed")
        elif name.endswith(".md"):
            (folder / name).write_text("# My rows\n")
        else:
            write(folder / name, ROWS)


FOLDERS = {
    "copies": (("a.jsonl", "a.jsonl.bak"), "a.jsonl.bak: would be read as well; remove the copy"),
    "packed by others": (("a.jsonl.zst",), "a.jsonl.zst: is packed by zstd; unpack it"),
    "unfinished": (("a.jsonl", "b.jsonl.partial"), "b.jsonl.partial: would be read as well"),
    "a README that names no files": (("README.md", "train.jsonl", "more.jsonl"), "more.jsonl belongs to no split"),
    "values in folders": (("level=1/a.jsonl", "level=2/a.jsonl"), "level=1 is a folder named for a value"),
    "a missing shard": (("train-00000-of-00002.jsonl",), "1 of 2 shards are there; copy or fetch the others"),
    "a table without header": (("part-0.csv", "part-1-headless.csv"), "its first line names other columns than"),
    "a?": (("a.jsonl",), "a folder's name with one of *?[] is read as a pattern by datasets; rename it"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_rows_of_a_folder_are_not_lost_nor_doubled_in_silence(tmp_path, name):
    names, message = FOLDERS[name]
    layout(tmp_path / name, *names)
    with pytest.raises(UserError) as caught:
        list(rows(tmp_path / name, {}))
    assert message in str(caught.value)


def test_shards_whose_names_end_in_a_digest_are_one_set(tmp_path):
    layout(tmp_path / "set", "data/train-00000-of-00002-a09b74b3.jsonl", "data/train-00001-of-00002-ef9c3b56.jsonl")
    assert len(list(rows(tmp_path / "set", {}))) == 2 * len(ROWS)


def test_a_folder_that_is_a_link_in_a_folder_is_not_left_out_in_silence(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXDISTILL_FOLDERS", str(tmp_path))
    layout(tmp_path / "big", "b.jsonl")
    layout(tmp_path / "set", "a.jsonl")
    (tmp_path / "set" / "more").symlink_to(tmp_path / "big")
    with pytest.raises(UserError, match=r"more/b.jsonl belongs to no split"):
        list(rows(tmp_path / "set", {}))


@pytest.mark.parametrize("kind", ["list", "struct"])
def test_short_numbers_inside_of_others_are_spelled_as_meant(tmp_path, kind):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    inner = pa.list_(pa.float32()) if kind == "list" else pa.struct([("x", pa.float32())])
    write_table(pa.table({"a": pa.array([[0.1]] if kind == "list" else [{"x": 0.1}], inner)}), tmp_path / "a.parquet")
    [entry] = rows(tmp_path / "a.parquet", {})
    assert str(entry.row["a"][0 if kind == "list" else "x"]) == "0.1"


CORRUPT = gzip.compress(b'{"id": 7, "completion": "x"}\n' * 2)
BROKEN = {
    "torn.json": (b'[{"a": 1}, {"a"', "torn.json, row 2: not JSON"),
    "open.json": (b'[{"a": 1}', "open.json, row 1: not JSON"),
    "two.json": (b'[{"a": 1}]\n[{"a": 2}]', 'two.json: "[{"a": 2}]"'.replace('"[', "'[").replace(']"', "]'")),
    "object.json": (b'{\n "data": []\n}', "object.json, line 1: not JSON"),
    "deep.jsonl": (b'{"a": ' + b"[" * 100_000, "deep.jsonl, line 1: not JSON"),
    "latin.jsonl": ('{"a": "é"}'.encode("latin-1"), "latin.jsonl: cannot be read as JSON Lines: 'utf-8' codec"),
    "torn.jsonl.gz": (gzip.compress(b'{"a": 1}\n' * 9000)[:50], "torn.jsonl.gz: cannot be read"),
    "torn.parquet": (b"PAR1" + bytes(100), "torn.parquet: cannot be read as Parquet"),
    "short.csv": (b"a,b\n1\n", "short.csv, row 1: 1 cells where the first line names 2 columns"),
    "twice.csv": (b"a,a\n1,2\n", "twice.csv: two columns are called 'a'"),
    "quote.csv": (b'a,b\n"1,2\n', "quote.csv: cannot be read as a table: unexpected end of data"),
    "doubled.jsonl": (b'{"a": 1, "a": 2}\n', "doubled.jsonl, line 1: not JSON (key 'a' stands in one object twice)"),
    "infinite.jsonl": (b'{"a": Infinity}\n', "infinite.jsonl, line 1: not JSON (Infinity is no number of JSON)"),
    "corrupt.jsonl.gz": (CORRUPT[:12] + b"\xff" * 6 + CORRUPT[18:], "corrupt.jsonl.gz: cannot be read"),
    "semicolons.csv": (
        b"a;b\n1;2\n",
        "semicolons.csv: one column 'a;b'; columns are separated by ',' here, not by ';'",
    ),
    "headers.csv": (b"a,b\n1,2\na,b\n", "headers.csv, row 2: the names of the columns once more"),
    "archive.csv": (b"PK\x03\x04xyz", "archive.csv: is a zip archive"),
    "pointer.parquet": (b"version https://git-lfs.github.com/spec/v1\n", "pointer.parquet: is a Git LFS pointer"),
    "nul.csv": (b"a,b\n1,\0\n", None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_one_line(tmp_path, name):
    content, message = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    if message is None:
        assert [entry.row for entry in rows(tmp_path / name, {})] == [{"a": "1", "b": "\0"}]
        return
    with pytest.raises(UserError) as caught:
        list(rows(tmp_path / name, {}))
    assert str(caught.value).startswith(f"{tmp_path}/{message}")
    assert "\n" not in str(caught.value)


def test_a_file_has_no_splits_and_a_missing_one_is_said(tmp_path):
    write(tmp_path / "a.jsonl", ROWS)
    with pytest.raises(UserError, match=r"a.jsonl: a file has no split; remove split of the source"):
        list(rows(tmp_path / "a.jsonl", {"split": "test"}))
    with pytest.raises(UserError, match=r"b.jsonl: cannot be read: No such file or directory"):
        list(rows(tmp_path / "b.jsonl", {}))


CARDS = {
    "csv": ("rows.csv", b"problem;answer\np;0.401689\n", {"sep": ";"}),
    "json": ("rows.json", b'{"version": 1, "data": [{"problem": "p", "answer": 0.401689}]}', {"field": "data"}),
    "packed": ("rows.jsonl.bz2", bz2.compress(b'{"problem": "p", "answer": 0.401689}\n'), {}),
}


@pytest.mark.parametrize("kind", CARDS)
def test_what_a_data_sets_card_says_of_its_files_is_heeded(tmp_path, monkeypatch, kind):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    name, content, options = CARDS[kind]
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / name).write_bytes(content)
    card = {"configs": [{"config_name": "default", "data_files": name, **options}]}
    (tmp_path / "set" / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n")
    [entry] = rows(tmp_path / "set", {})
    assert (entry.row["problem"], str(entry.row["answer"])) == ("p", "0.401689")
