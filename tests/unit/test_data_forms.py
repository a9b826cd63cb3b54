"""The forms that data of the field have: read as what they are, or refused in one line."""

import json
import tracemalloc

import pytest
import yaml
from admit_mixture import main as admit_mixture
from bring import main as bring
from bring_mixture import main as bring_mixture
from load_problems import main as load_problems
from mixdistill import limits
from mixdistill.data.files import Spelled, rows
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write, write_json
from mixdistill.screening import sha256
from planning import REPO

ASK, REPLY = "What is 1+1?", "Two: \\boxed{2}"
PROBLEMS = [
    {"id": "0", "problem": ASK, "answer": "2"},
    {"id": "1", "problem": "What is 2+2?", "answer": "4"},
    {"id": "2", "problem": "Tom has 3 eggs.\nHow many has he?", "answer": "3"},
]


def parquet(path, raw):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.Table.from_pylist(raw), path)


@pytest.fixture
def place(tmp_path):
    write(tmp_path / "problems.jsonl", PROBLEMS)
    return tmp_path


def made(place, job, source, fields=(), part=(), **more):
    out, counts = place / "out.jsonl", place / "out.counts.json"
    job(source, place / "problems.jsonl", out, counts, part=dict(part), fields=dict(fields), **more)
    return list(read(out)), json.loads(counts.read_text())


def passed(place, source, fields=(), part=()):
    """The training set made of a ready set that passes the gate, and what was counted when it was brought."""
    _, counts = made(place, bring_mixture, source, fields, part)
    write_json(place / "kept.json", {"training sha256": sha256(place / "out.jsonl"), "leaks": {}})
    out = place / "mixture.jsonl", place / "mixture.counts.json"
    admit_mixture(place / "out.jsonl", place / "kept.json", *out, "Q: {problem}", True)
    return list(read(out[0])), counts


def taught(place, raw, fields=(), part=()):
    """The training set made of a ready set's rows."""
    source = place / "set.json"
    source.write_text(json.dumps(raw))
    return passed(place, source, fields, part)


def brought(place, raw, fields=(), part=()):
    """The completions made of a teacher's rows."""
    source = place / "set.json"
    source.write_text(json.dumps(raw))
    return made(place, bring, source, fields, part)


def loaded(place, source, fields=(), part=(), gold="plain"):
    out, counts = place / "loaded.jsonl", place / "loaded.counts.json"
    load_problems(source, out, counts, "s", dict(part), dict(fields), gold)
    return list(read(out)), json.loads(counts.read_text())


OPENAI = {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": REPLY}]}
SHAREGPT = {"conversations": [{"from": "human", "value": ASK}, {"from": "gpt", "value": REPLY}], "system": ""}
ALPACA = {"instruction": ASK, "input": "", "output": REPLY, "history": []}
NEMO = {"problem": ASK, "generation": REPLY, "expected_answer": "2", "problem_source": "x"}
QWEN = {"idx": 0, "question": ASK, "gt": "2", "code": [REPLY], "pred": ["2"], "report": [None], "score": [True]}
VERL = {"prompt": [{"role": "user", "content": ASK}], "extra_info": {"index": 0, "answer": REPLY, "question": ASK}}
FORMS = {
    "OpenAI's messages": (OPENAI, {}),
    "ShareGPT's conversations": (SHAREGPT, {}),
    "Alpaca": (ALPACA, {"problem": ["instruction", "input"], "completion": "output"}),
    "NeMo-Skills": (NEMO, {"completion": "generation"}),
    "Qwen2.5-Math": (QWEN, {"id": "idx", "problem": "question", "completion": "code"}),
    "verl": (VERL, {"id": "extra_info.index", "problem": "prompt", "completion": "extra_info.answer"}),
    "a prompt and a completion of turns": (
        {"prompt": OPENAI["messages"][:1], "completion": OPENAI["messages"][1:]},
        {"problem": "prompt"},
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_ready_sets_and_completions_in_the_fields_own_forms(place, form, kind):
    raw, fields = FORMS[form]
    if kind == "parquet":
        parquet(place / "set.parquet", [raw])
        rows_made, counts = passed(place, place / "set.parquet", fields)
    else:
        rows_made, counts = taught(place, [raw], fields)
    assert rows_made == [{"id": "0", "prompt": f"Q: {ASK}", "completion": REPLY, "teacher": None}]
    assert (counts["total"], counts["of training problems"]) == (1, 1)
    [row], counts = brought(place, [raw], fields)
    assert (row["id"], row["sample"], row["completion"]) == ("0", 0, REPLY)
    assert (counts["total"], counts["brought"]) == (1, 1)


def test_several_samples_in_a_row_are_completions_of_their_own(place):
    raw = [{"id": 0, "completion": ["a \\boxed{0}", "b \\boxed{2}"]}, {"id": 1, "completion": "c"}]
    found, counts = brought(place, raw)
    assert [(row["id"], row["sample"], row["completion"]) for row in found] == [
        ("0", 0, "a \\boxed{0}"),
        ("0", 1, "b \\boxed{2}"),
        ("1", 0, "c"),
    ]
    assert (counts["total"], counts["problems"]) == (3, 2)
    found, counts = brought(place, [{"problem": ASK, "messages": OPENAI["messages"]}, {"id": "9", "completion": []}])
    assert (len(found), counts["total"], counts["rows without a completion"]) == (1, 2, 1)
    found, counts = taught(place, [{"problem": ASK, "completion": ["a", "b"]}])
    assert ([row["completion"] for row in found], counts["total"]) == (["a", "b"], 2)


def test_system_turns_are_refused_or_become_what_the_source_says(place):
    turns = [{"role": "system", "content": "Be brief."}, *OPENAI["messages"]]
    beside = {**ALPACA, "system": "Be brief."}
    for raw, fields in [({"messages": turns}, {}), (beside, FORMS["Alpaca"][1])]:
        with pytest.raises(
            UserError, match=r"row 1: a system turn \('Be brief.'\), .* system: drop or system: prepend"
        ):
            taught(place, [raw], fields)
        [row], counts = taught(place, [raw], fields, {"system": "drop"})
        assert (row["prompt"], counts["system_turns_dropped"]) == (f"Q: {ASK}", 1)
        [row], counts = taught(place, [raw], {"id": None, **fields}, {"system": "prepend"})
        assert (row["prompt"], counts["system_turns_dropped"]) == (f"Q: Be brief.\n\n{ASK}", 0)
    with pytest.raises(UserError, match="row 1: a system turn"):
        brought(place, [{"id": "0", "messages": turns}], {"problem": None})
    [row], counts = brought(place, [{"id": "0", "messages": turns}], {"problem": None}, {"system": "drop"})
    assert (row["id"], counts["system_turns_dropped"]) == ("0", 1)
    with pytest.raises(UserError, match="row 1: a system turn"):
        taught(place, [{"problem": ASK, "messages": turns}])
    with pytest.raises(UserError, match="row 1: its system turn cannot stand before a problem of another field"):
        taught(place, [{"problem": ASK, "messages": turns}], (), {"system": "prepend"})


def test_thoughts_beside_a_turn_are_kept_as_chat_templates_write_them(place):
    turns = [OPENAI["messages"][0], {"role": "assistant", "reasoning_content": "1 and 1", "content": REPLY}]
    [row], _ = taught(place, [{"messages": turns}])
    assert row["completion"] == f"<think>\n1 and 1\n</think>\n\n{REPLY}"
    parts = [{"type": "text", "text": "Two: "}, {"type": "text", "text": "\\boxed{2}"}]
    [row], _ = taught(place, [{"messages": [turns[0], {"role": "assistant", "content": parts}]}])
    assert row["completion"] == REPLY


USER, ASSISTANT = OPENAI["messages"]
WRONG = [
    ({"id": "0", "completion": None}, "field 'completion' is null, where text is expected"),
    ({"id": "0", "completion": 42}, "field 'completion' is a number (42), where text is expected"),
    ({"id": "0", "completion": True}, "field 'completion' is a truth value (True), where text is expected"),
    (
        {"id": "0", "completion": {"text": "x"}},
        "field 'completion' is an object ({'text': 'x'}), where text is expected",
    ),
    ({"id": "0", "completion": ["a", None]}, "field 'completion' is null, where text is expected"),
    ({"id": "0", "completion": [["a"]]}, "field 'completion' is a list (['a']), where text is expected"),
    ({"id": None, "completion": "x"}, "its id is null; mend it, or do not read ids: fields: {id: null}"),
    ({"id": float("nan"), "completion": "x"}, "its id is null; mend it, or do not read ids: fields: {id: null}"),
    ({"id": [1], "completion": "x"}, "field 'id' is a list ([1]), where text is expected"),
    ({"problem": 7, "completion": "x"}, "field 'problem' is a number (7), where text is expected"),
    ({"problem": " ", "completion": "x"}, "the problem is empty"),
    ({"messages": [USER]}, "its conversation has no turn of the assistant"),
    ({"messages": [ASSISTANT]}, "its conversation has no turn of the user"),
    (
        {"messages": [USER, ASSISTANT] * 2},
        "4 turns (user, assistant, user, assistant) where one of the user and one of",
    ),
    ({"messages": [USER, ASSISTANT, USER]}, "3 turns (user, assistant, user) where one of"),
    ({"messages": [USER, {"role": "tool", "content": "3"}]}, ", turn 2: role 'tool'; turns are of assistant,"),
    ({"messages": [USER, {"content": "3"}]}, ", turn 2: no role and no from (it has content)"),
    ({"messages": [USER, {"role": "assistant", "content": None}]}, ", turn 2: its content is null, where text is"),
    (
        {"messages": [USER, {"role": "assistant", "content": [{"type": "image_url"}]}]},
        ", turn 2: its content is a list ([{'type': 'image_url'}]), where text is expected",
    ),
    ({"messages": [USER, {**ASSISTANT, "tool_calls": [{}]}]}, ", turn 2: it calls a tool, which is not taught"),
    ({"problem": ASK, "history": [["a", "b"]], "completion": "x"}, "earlier turns in field 'history' would be lost"),
    ({"problem": ASK, "output": "x"}, "no field 'completion' (it has problem, output); name it: fields: {completion:"),
]


@pytest.mark.parametrize(("row", "message"), WRONG, ids=[json.dumps(row)[:60] for row, _ in WRONG])
def test_what_is_no_text_is_named_with_file_row_and_field(place, row, message):
    for read_set in (brought, taught):
        if read_set is taught and "problem" not in row and "messages" not in row:
            row = {**row, "problem": ASK}
        with pytest.raises(UserError) as caught:
            read_set(place, [{"problem": ASK, "completion": "fine"}, row])
        line = str(caught.value)
        assert line.startswith(f"{place / 'set.json'}, row 2")
        assert message in line
        assert "\n" not in line


# --- ids ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_set", [brought, taught])
def test_a_row_whose_id_and_text_are_of_different_problems_is_an_error(place, read_set):
    with pytest.raises(UserError) as caught:
        read_set(place, [{"id": 1, "problem": ASK, "completion": REPLY}])
    assert str(caught.value) == (
        f"{place / 'set.json'}, row 1: its id '1' is the training problem 'What is 2+2?', its text is 'What is 1+1?'; "
        "if its ids are its own, do not read them: fields: {id: null}; if its texts are other wordings, do not read "
        "those: fields: {problem: null}"
    )
    [row], _ = read_set(place, [{"id": 1, "problem": ASK, "completion": REPLY}], {"id": None})
    assert row["id"] == "0"


def test_ids_are_the_same_as_numbers_and_texts_and_a_prompt_may_stand_around_a_problem(place):
    raw = [
        {"id": 1.0, "problem": "Solve.\nProblem: What is  2+2?\nAnswer:", "completion": "a"},
        {"id": 2, "problem": None, "completion": "b"},
    ]
    found, _ = brought(place, raw[:1])
    assert found[0]["id"] == "1"
    found, _ = brought(place, raw[1:], {"problem": None})
    assert found[0]["id"] == "2"
    (place / "set.csv").write_text("id,completion\n2.0,x\n")  # a table whose column of ids had gaps once
    found, _ = made(place, bring, place / "set.csv")
    assert found[0]["id"] == "2"


def test_equal_problems_are_named(place):
    twice = [*PROBLEMS, {"id": "again", "problem": "What  is 1+1?\n", "answer": "2"}]
    write(place / "twice.jsonl", twice)
    _, counts = loaded(place, place / "twice.jsonl")
    assert counts["equal"] == [["0", "again"]]


def test_a_log_names_the_first_of_many_equal_problems(place, capsys):
    write(place / "same.jsonl", [{"problem": ASK, "answer": ""} for _ in range(999)] + PROBLEMS[:1])
    _, counts = loaded(place, place / "same.jsonl")
    assert len(counts["equal"][0]) == 1000
    said = capsys.readouterr().out
    assert "equal problems: s/0, s/1, s/2, s/3, s/4, s/5, s/6, s/7, s/8, s/9 and 990 more\n" in said
    assert "counts as wrong: s/0, s/1, s/2, s/3, s/4, s/5, s/6, s/7, s/8, s/9 and 989 more\n" in said


@pytest.mark.parametrize("job", [load_problems, bring, bring_mixture])
def test_rows_are_written_as_they_come(place, monkeypatch, job):
    """A table of some kilobytes may have gigabytes of rows."""
    monkeypatch.setattr(limits, "PIECE", 2**20)
    text = "x" * 2**18
    parquet(place / "same.parquet", [{"id": "0", "completion": text, "answer": "2"}] * 100)
    out, part = (place / "out.jsonl", place / "out.counts.json"), {}
    tracemalloc.start()
    try:
        if job is load_problems:
            job(place / "same.parquet", *out, "s", part, {"id": None, "problem": "completion"}, "plain")
        else:
            job(
                place / "same.parquet",
                place / "problems.jsonl",
                *out,
                part,
                {} if job is bring else {"id": None, "problem": "completion"},
            )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert out[0].stat().st_size > 100 * len(text)
    assert most < 30 * len(text)


# --- reference answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet", "folder", "float32", "saved"])
def test_numbers_keep_the_spelling_of_their_file(place, kind):
    import pyarrow as pa
    from pyarrow.parquet import write_table

    golds = ["0.401689", "1e5", "27.0", "12345678901234567890"] if kind in ("json", "jsonl", "folder") else ["0.401689"]
    text = "[" + ",\n".join(f'{{"problem": "p{number}", "answer": {gold}}}' for number, gold in enumerate(golds)) + "]"
    source = place / f"set.{kind}"
    if kind == "json":
        source.write_text(text)
    elif kind == "jsonl":
        source.write_text(text.strip("[]").replace(",\n", "\n"))
    elif kind == "folder":
        source.mkdir()
        (source / "train.json").write_text(text)
    elif kind == "saved":
        from datasets import Dataset

        Dataset.from_dict({"problem": ["p0"], "answer": [0.401689]}).save_to_disk(str(source))
    else:
        numbers = pa.array([0.401689], pa.float32() if kind == "float32" else pa.float64())
        write_table(pa.table({"problem": ["p0"], "answer": numbers}), source)
        if kind == "float32":
            assert isinstance(next(rows(source, {})).row["answer"], Spelled)
    found, _ = loaded(place, source)
    assert [row.get("source_answer", row["answer"]) for row in found] == golds


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [(["1", 2], "1, 2"), (True, "a truth value (True)"), ({"a": 1}, "an object ({'a': 1})"), (None, "missing (null)")],
)
def test_a_gold_is_a_text_a_number_or_several(place, answer, wanted):
    write(place / "set.jsonl", [{"problem": "p", "answer": answer}])
    if isinstance(answer, list):
        assert loaded(place, place / "set.jsonl")[0][0]["answer"] == wanted
    else:
        with pytest.raises(UserError, match=r"set.jsonl, line 1: ") as caught:
            loaded(place, place / "set.jsonl")
        assert wanted in str(caught.value)


def test_fields_lie_in_structs_and_columns_are_joined(place):
    verl = {"prompt": [{"role": "user", "content": ASK}], "reward_model": {"ground_truth": "2", "style": "rule"}}
    parquet(place / "verl.parquet", [verl])
    found, _ = loaded(place, place / "verl.parquet", {"problem": "prompt", "answer": "reward_model.ground_truth"})
    assert found == [{"id": "s/0", "problem": ASK, "answer": "2"}]
    with pytest.raises(
        UserError, match=r"no field 'reward_model.truth' \(it has prompt, reward_model.ground_truth, rew"
    ):
        loaded(place, place / "verl.parquet", {"problem": "prompt", "answer": "reward_model.truth"})
    write(place / "svamp.jsonl", [{"Body": "Tom has 3 eggs.", "Question": "How many has he?", "Answer": 3.0}])
    found, _ = loaded(place, place / "svamp.jsonl", {"problem": ["Body", "Question"], "answer": "Answer"})
    assert [(row["problem"], row["answer"]) for row in found] == [("Tom has 3 eggs.\nHow many has he?", "3")]


def test_binary_columns_are_named(place):
    parquet(place / "set.parquet", [{"id": "0", "completion": b"\x00\xff"}])
    with pytest.raises(UserError, match=r"set.parquet, row 1: field 'completion' is a bytes \(b'.*'\), where text is"):
        made(place, bring, place / "set.parquet")


def listed_in_the_readme():
    """What, row and fields of the README's table of data that can be brought."""
    lines = (REPO / "README.md").read_text().split("| what | a row | fields |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip().strip("`") for cell in line.strip("| ").split(" | ")] for line in lines]
    return [
        (what.rstrip("| "), json.loads(row), yaml.safe_load(fields[0]) if fields else {})
        for what, row, *fields in cells
    ]


@pytest.mark.parametrize(("what", "row", "fields"), listed_in_the_readme())
def test_the_readmes_list_of_what_can_be_brought(place, what, row, fields):
    write(place / "problems.jsonl", [{"id": "7", "problem": "1+1?", "answer": "2"}])
    if what.startswith("problems"):
        (place / "set.json").write_text(json.dumps([row]))
        [found], _ = loaded(place, place / "set.json", fields)
        assert (found["problem"].split()[0][:3], found["answer"]) == ("1+1", "2")
    else:
        found, _ = brought(place, [row], fields)
        assert (found[0]["id"], found[0]["completion"]) == ("7", "It is \\boxed{2}.")
        if "problem" in fields or not what.startswith("completions,"):
            found, _ = taught(place, [row], fields)
            assert [(one["prompt"], one["completion"]) for one in found] == [("Q: 1+1?", "It is \\boxed{2}.")]


TURNS = OPENAI["messages"]
LOST = [
    ({"system": "In French.", **SHAREGPT, "id": "0"} | {"system": "In French."}, {}, "a system turn ('In French.')"),
    ({"id": "0", "system": "In French.", "completion": "deux"}, {}, "a system turn ('In French.')"),
    ({**SHAREGPT, "history": [["a", "b"]]}, {}, "earlier turns in field 'history' would be lost"),
    ({**ALPACA, "input": "x = 3"}, {"problem": "instruction", "completion": "output"}, "field 'input' would be lost"),
    ({"problem": "What is 2+2?", "messages": TURNS}, {}, "its problem is 'What is 2+2?', the conversation's 'What is"),
    ({"id": "0", "problem": "What is 11+1?", "completion": "12"}, {}, "its id '0' is the training problem"),
    ({"id": "0", "problem": "3+What is 1+1?", "completion": "x"}, {}, "its id '0' is the training problem"),
    ({"id": "0", "completion": "None"}, {}, "field 'completion' is 'None', as programs write a value that is missing"),
    ({"id": "0", "completion": "half \ud800"}, {}, "field 'completion' holds half of a character"),
    ({"id": "0", "completion": "['a', 'b']"}, {}, "field 'completion' is the text of a list"),
    ({"id": "0", "completion": '[{"role": "user", "content": "x"}]'}, {}, "field 'completion' is the text of a list"),
    ({"id": "0", "completion": ["a", "b"], "finish_reason": ["stop"]}, {}, "1 finish reasons for 2 completions"),
]


@pytest.mark.parametrize(("row", "fields", "message"), LOST, ids=[message[:40] for _, _, message in LOST])
def test_what_would_be_lost_or_mistaken_is_refused(place, row, fields, message):
    with pytest.raises(UserError, match="row 1: ") as caught:
        brought(place, [row], fields)
    assert message in str(caught.value)


def test_a_system_turn_that_is_prepended_hides_no_problem(place):
    turns = {"messages": [{"role": "system", "content": "Be brief."}, *TURNS]}
    found, _ = brought(place, [turns, OPENAI], (), {"system": "prepend"})
    assert [row["id"] for row in found] == ["0", "0"]


def test_completions_that_were_cut_elsewhere_say_so(place):
    raw = [
        {"id": "0", "completion": ["a", "b"], "finish_reason": ["length", None]},
        {"id": "1", "completion": "c", "finish_reason": "stop"},
        {"id": "2", "completion": "d"},
    ]
    found, _ = brought(place, raw)
    assert [row["finish_reason"] for row in found] == ["length", "unknown", "stop", "unknown"]


def test_columns_of_mixed_types_are_what_they_were(place, monkeypatch):
    from datasets import Dataset, load_dataset

    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", place / "datasets")
    raw = [{"id": 0, "completion": ["a", "b"]}, {"id": "1", "completion": "c"}]
    write(place / "raw.jsonl", raw)
    data = load_dataset("json", data_files=str(place / "raw.jsonl"), cache_dir=str(place / "cache"))["train"]
    data.to_parquet(str(place / "raw.parquet"))
    data.save_to_disk(str(place / "saved"))
    assert isinstance(data, Dataset)
    for source in ("raw.jsonl", "raw.parquet", "saved"):
        found, _ = made(place, bring, place / source)
        assert [(row["id"], row["completion"]) for row in found] == [("0", "a"), ("0", "b"), ("1", "c")]
