"""Rows of data sets as users have them, and the messages their mistakes get."""

import gzip
import json
import math
import re
import shutil
from collections import Counter

import pytest
from bring import matched
from load_problems import loaded
from load_problems import main as load_problems
from mixdistill.data.fields import Fields
from mixdistill.data.files import Entry, rows
from mixdistill.errors import UserError
from mixdistill.jsonl import dumped, read, write, write_json

ROWS = [{"question": "1+1?", "solution": "\\boxed{2}"}, {"question": "2+2?", "solution": "\\boxed{4}"}]


def rows_in(source, part=()):
    return [entry.row for entry in rows(source, dict(part))]


def entries(raw):
    return [Entry(f"x.jsonl, line {number}", row) for number, row in enumerate(raw, 1)]


def save(path, kind):
    if kind == "parquet":
        import pyarrow as pa
        from pyarrow.parquet import write_table

        write_table(pa.Table.from_pylist(ROWS), path)
    elif kind == "jsonl.gz":
        with gzip.open(path, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in ROWS)
    else:
        write(path, ROWS)


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet"])
def test_local_files_give_their_rows(tmp_path, kind):
    save(tmp_path / f"data.{kind}", kind)
    assert rows_in(tmp_path / f"data.{kind}") == ROWS


def fetched(folder, monkeypatch, name="owner/set"):
    """A data set in the cache, as a download leaves it; returns its manifest."""
    from huggingface_hub import constants

    commit = "0" * 40
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", folder / "datasets")
    snapshot = folder / "hub" / f"datasets--{name.replace('/', '--')}" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    save(snapshot / "test.parquet", "parquet")
    files = {"test.parquet": (snapshot / "test.parquet").stat().st_size}
    write_json(folder / "set.json", {"kind": "dataset", "repository": name, "revision": commit, "files": files})
    return folder / "set.json"


def test_a_fetched_data_set_gives_its_rows(tmp_path, monkeypatch):
    manifest = fetched(tmp_path, monkeypatch)
    assert rows_in(manifest, {"split": "test"}) == ROWS
    with pytest.raises(UserError, match=r"owner/set@0+ \(subset default, split dev\): no such split; it has test:"):
        list(rows(manifest, {"split": "dev"}))
    with pytest.raises(UserError, match=r"owner/set@0+ \(subset main, split test\): no such subset; it has default:"):
        list(rows(manifest, {"subset": "main", "split": "test"}))


def test_a_folder_is_a_data_set_as_those_of_the_hub(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    (tmp_path / "set").mkdir()
    save(tmp_path / "set" / "test.jsonl", "jsonl")
    save(tmp_path / "set" / "train.jsonl", "jsonl")
    card = "---\nconfigs:\n"
    card += "".join(f"- config_name: {name}\n  data_files: {file}\n" for name, file in PARTS.items())
    (tmp_path / "set" / "README.md").write_text(card + "---\n")
    assert rows_in(tmp_path / "set", {"subset": "b"}) == ROWS
    with pytest.raises(UserError, match=r"set \(subset default, split train\): no such subset; it has a, b:"):
        rows_in(tmp_path / "set")


PARTS = {"a": "test.jsonl", "b": "train.jsonl"}


def test_a_fetched_data_set_that_is_gone_says_how_to_fetch_it_again(tmp_path, monkeypatch):
    manifest = fetched(tmp_path, monkeypatch)
    file = next((tmp_path / "hub").rglob("test.parquet"))
    file.write_bytes(b"")
    with pytest.raises(UserError, match=r"test.parquet: missing or not of its \d+ bytes; .* hf download owner/set"):
        list(rows(manifest, {"split": "test"}))
    shutil.rmtree(tmp_path / "hub")
    with pytest.raises(UserError, match=r"owner/set@0+: no longer in the Hugging Face cache"):
        list(rows(manifest, {"split": "test"}))


def test_fields_and_golds_are_mapped(tmp_path):
    save(tmp_path / "data.jsonl", "jsonl")
    out, counts = tmp_path / "out.jsonl", tmp_path / "counts.json"
    load_problems(
        tmp_path / "data.jsonl", out, counts, "set", {}, {"problem": "question", "answer": "solution"}, "boxed"
    )
    assert list(read(out)) == [
        {"id": "set/0", "problem": "1+1?", "answer": "2"},
        {"id": "set/1", "problem": "2+2?", "answer": "4"},
    ]
    assert json.loads(counts.read_text())["with reference answer"] == 2


@pytest.mark.parametrize(
    ("given", "answer", "source_answer"),
    [(27.0, "27", "27.0"), (["025"], "25", "025"), (["$1$,$2$", "3"], "$1$,$2$, 3", None)],
)
def test_golds_of_parquet_files_keep_the_text_of_their_source(tmp_path, given, answer, source_answer):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.Table.from_pylist([{"problem": "x", "answer": given}]), tmp_path / "data.parquet")
    [row] = loaded(rows(tmp_path / "data.parquet", {}), "s", Fields({}), "plain")
    assert (row["answer"], row.get("source_answer")) == (answer, source_answer)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (
            [{"problem": "x"}],
            "x.jsonl, line 1: no field 'answer' (it has problem); name it: fields: {answer: ...}",
        ),
        ([{"problem": " ", "answer": "1"}], "x.jsonl, line 1: the problem is empty"),
        (
            [{"id": 1, "problem": "x", "answer": "1"}, {"id": "1", "problem": "y", "answer": "1"}],
            "x.jsonl, line 2: id '1' occurs twice; ids must be unique",
        ),
    ],
)
def test_wrong_rows_are_named(raw, message):
    with pytest.raises(UserError) as caught:
        list(loaded(entries(raw), "s", Fields({}), "plain"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "a.jsonl, line 2: not JSON"),
        ("a.jsonl", b"[1]\n", "a.jsonl, row 1: a number (1) where an object per row is expected"),
        ("a.jsonl", b"\xff\xfe\n", "a.jsonl: is UTF-16; save it as UTF-8"),
        ("a.jsonl.gz", b"no gzip", "a.jsonl.gz, line 1: not JSON"),
        ("a.parquet", b"no parquet", "a.parquet: cannot be read as Parquet"),
        ("a.xlsx", b"a,b\n", "a.xlsx: unknown kind of file; give JSON Lines, a JSON array, .csv, .tsv or Parquet"),
    ],
)
def test_wrong_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        list(rows(tmp_path / name, {}))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


SOLUTION = "She has 6 * 3 = <<6*3=18>>18 eggs.\n#### 18"
BOXED = "So she has $\\boxed{18}$ eggs."
UNUSABLE = [
    (
        [SOLUTION, "7", "#### 20"],
        "plain",
        "problem set s: 2 of its 3 reference answers stand behind ####, such as 'She has 6 * 3 = <<6*3=18>>18 eggs. #### "
        "18' (x.jsonl, line 1); write gold: hashes, or name another field: fields: {answer: ...}",
    ),
    ([BOXED], "plain", r"1 of its 1 reference answers stand in a \\boxed{}, such as 'So .* write gold: boxed, or"),
    ([SOLUTION], "boxed", "1 of its 1 reference answers stand behind ####, such as .* write gold: hashes, or name"),
    (
        [BOXED, ""],
        "hashes",
        r"1 of its 2 reference answers stand in a \\boxed{}, such as .* write gold: boxed, or name",
    ),
    (["18", 20], "boxed", "2 of its 2 reference answers stand alone in their field, such as '18' .* write gold: plain"),
    (["18"], "hashes", "1 of its 1 reference answers stand alone in their field, such as '18' .* write gold: plain"),
    (["nan", math.nan, " "], "plain", "none of its 3 reference answers can be used, such as 'nan' .* name the field"),
    (["", "<NA>"], "boxed", "none of its 2 reference answers can be used, such as '' .* name the field"),
]


SENTENCES = "We add the numbers one by one, and then we look at them. The answer is 3."
UNUSABLE.append(
    (
        [SENTENCES, SENTENCES, "4"],
        "plain",
        r"problem set s: 2 of its 3 reference answers are whole sentences, such as .*; name the field that has the answers",
    )
)


@pytest.mark.parametrize(("golds", "place", "message"), UNUSABLE)
def test_references_that_cannot_be_used_are_refused_with_the_fix(golds, place, message):
    raw = [{"problem": f"p{number}", "answer": gold} for number, gold in enumerate(golds)]
    with pytest.raises(UserError) as caught:
        list(loaded(entries(raw), "s", Fields({}), place))
    assert str(caught.value) == message or re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)


def test_references_of_which_some_cannot_be_used_are_counted(tmp_path):
    answers = ["7", "none", "NaN", "#### 18", None, "\\boxed{3}", "-", " "]
    raw = [
        {"id": str(at), "problem": f"p{at}", "answer": math.nan if one is None else one}
        for at, one in enumerate(answers)
    ]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in raw))
    load_problems(tmp_path / "set.jsonl", tmp_path / "o.jsonl", tmp_path / "c.json", "s", {}, {}, "plain")
    made = {row["id"]: row["answer"] for row in read(tmp_path / "o.jsonl")}
    assert made == {"0": "7", "1": "none", "2": "", "3": "", "4": "", "5": "\\boxed{3}", "6": "-", "7": ""}
    counts = json.loads((tmp_path / "c.json").read_text())
    assert (counts["with reference answer"], counts["with empty reference answer"]) == (4, 4)
    assert counts["empty"] == ["2", "3", "4", "7"]


def test_whole_numbers_of_hundreds_of_digits_are_read(tmp_path):
    """They are answers, and too large for a float."""
    large = 10**400 + 1
    (tmp_path / "data.jsonl").write_text(json.dumps(dict.fromkeys(("id", "answer", "level"), large) | {"problem": "p"}))
    assert [
        {**row, "problem": None} for row in loaded(rows(tmp_path / "data.jsonl", {}), "s", Fields({}), "plain")
    ] == [{"id": str(large), "problem": None, "answer": str(large), "level": str(large)}]


@pytest.mark.parametrize("value", ["Infinity", '{"a": 1, "a": 2}', '[{"a": [-Infinity]}]'])
def test_faults_in_fields_that_nobody_reads_do_no_harm(tmp_path, value):
    def made(field, array=False):
        path = tmp_path / "data.jsonl"
        text = f'{{"problem": "p", "answer": "1", "{field}": {value}}}'
        path.write_text(f"[{text}]" if array else text)
        fields = Fields({"level": "l.x"} if field == "l" else {})
        return list(loaded(rows(path, {}, wanted=fields.wanted), "s", fields, "plain"))

    assert made("score", array=True) == made("score") == [{"id": "s/0", "problem": "p", "answer": "1"}]
    for field in ("level", "l", "problem"):
        with pytest.raises(UserError, match=r"data.jsonl, line 1: not JSON"):
            made(field)
        with pytest.raises(UserError, match=r"data.jsonl, row 1: not JSON .(key|-?Infinity)"):
            made(field, array=True)


def test_an_empty_set_is_an_error(tmp_path):
    (tmp_path / "data.jsonl").touch()
    with pytest.raises(UserError, match=r"data.jsonl: no rows, and problem set s needs some"):
        load_problems(tmp_path / "data.jsonl", tmp_path / "o", tmp_path / "c", "s", {}, {}, "plain")


PROBLEMS = [{"id": "a", "problem": "What is  1+1?", "answer": "2"}, {"id": "b", "problem": "2+2?", "answer": "4"}]


def taken(raw, fields):
    """The completions that belong to our problems, and how many do not."""
    others = Counter()
    return list(matched(entries(raw), PROBLEMS, fields, others)), others


def test_completions_are_matched_by_id_or_by_text():
    by_id, others = taken(
        [{"id": "b", "response": "x"}, {"id": "c", "response": "y"}], Fields({"completion": "response"})
    )
    assert [(row["id"], row["sample"], row["completion"]) for row in by_id] == [("b", 0, "x")]
    assert others["of other problems"] == 1
    by_text, others = taken([{"problem": "What is 1+1?", "completion": t} for t in "xy"], Fields({}))
    assert [(row["id"], row["sample"]) for row in by_text] == [("a", 0), ("a", 1)]
    assert not others.total()
    with pytest.raises(UserError, match="neither id nor problem"):
        taken([{"completion": "x"}], Fields({}))


def test_lone_surrogates_survive_a_round_trip(tmp_path):
    row = {"completion": "broken \ud83d text é"}
    write(tmp_path / "rows.jsonl", [row])
    assert list(read(tmp_path / "rows.jsonl")) == [row]
    assert dumped({"a": "é"}) == '{"a": "é"}'
