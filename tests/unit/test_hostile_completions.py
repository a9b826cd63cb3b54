"""Hundreds of hostile completions, from answers to marks, tables, the report's side files and logs."""

import json
import re
import resource

import documents
import judge
import mark
import pytest
import report_problems
import report_rows
import score
from mixdistill import parquet, progress
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.terminal import visible
from mixed import completions

pytestmark = pytest.mark.slow
COUNT = 500
POLICIES = ("boxed", "stated", "last-number", "released")


@pytest.fixture(scope="module")
def given():
    return completions(COUNT)


@pytest.fixture(scope="module")
def marked(given, tmp_path_factory):
    """A file of answers and one of marks; every quarter of the completions is marked by another policy."""
    folder = tmp_path_factory.mktemp("marks")
    benchmarks = {f"b{at}": policy for at, policy in enumerate(POLICIES)}
    problems = []
    for at, name in enumerate(benchmarks):
        problems.append(folder / f"{name}.jsonl")
        write(problems[-1], ({"id": f"{n}", "problem": given[n][:2000], "answer": "42"} for n in range(at, COUNT, 4)))
    about = {"sample": 0, "tokens": 1, "finish_reason": "stop"}
    rows = [{"benchmark": f"b{n % 4}", "id": f"{n}", **about, "completion": text} for n, text in enumerate(given)]
    write(folder / "answers.jsonl", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXDISTILL_ANSWER_SECONDS", "1")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        mark.main(problems, folder / "answers.jsonl", folder / "marks.jsonl", folder / "counts.json", benchmarks)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 60
    return folder


def test_completions_survive_a_file(given, marked):
    assert [row["completion"] for row in read(marked / "answers.jsonl")] == given


def test_every_completion_is_marked(marked):
    rows = list(read(marked / "marks.jsonl"))
    assert len(rows) == COUNT
    assert {row["outcome"] for row in rows} <= {"wrong", "right", "timed out", "no answer", "cut", "loop"}
    assert sum(row["outcome"] == "right" for row in rows) < COUNT // 10


def test_side_files_hold_them_all_and_are_plain_scripts(given, marked, tmp_path):
    more = {"student": "s", "mixture": "m", "seed": 1, "verdict": None, "judged": None, "clean": True}
    marks = [
        {**row, **more, "accepted": False, "correct": row["outcome"] == "right"} for row in read(marked / "marks.jsonl")
    ]
    parquet.write(tmp_path / "scores.parquet", marks, score.COLUMNS)
    place = {kind: tmp_path / "report" / kind for kind in ("rows", "texts")}
    report_rows.main(tmp_path / "scores.parquet", [marked / "answers.jsonl"], **place, cells=[["s", "m", 1]])
    taught = [{"id": f"{n}", "prompt": text[:500], "completion": text, "teacher": "t"} for n, text in enumerate(given)]
    write(tmp_path / "m.jsonl", taught)
    about = {"tested": tmp_path / "report" / "problems", "taught": tmp_path / "report" / "training"}
    report_problems.main([marked / "b0.jsonl"], [tmp_path / "m.jsonl"], **about, benchmarks=["b0"])
    found = {}
    for path in (tmp_path / "report").rglob("*.js"):
        text = path.read_text()
        assert text.isascii()
        assert not set("<>&") & set(text)
        name, content = re.fullmatch(r"mixdistill\((\"[\w/]+\"),(.*)\);\n", text, re.DOTALL).groups()
        found[json.loads(name)] = json.loads(content)
    texts = [row[-1] for name in sorted(found, key=order) if name.startswith("texts/") for row in found[name]]
    rows = [row[-1] for name in sorted(found, key=order) if name.startswith("training/m/") for row in found[name]]
    assert texts == rows == given


def order(name):
    number = name.rpartition("/")[2]
    return int(number) if number.isdigit() else -1


def test_tables_have_the_form_of_any_other(given, tmp_path):
    for number, text in enumerate(given):
        documents.check_table(tmp_path, text if number % 80 == 0 else text[:300])


def test_messages_logs_and_the_judges_prompt_are_bounded_and_printable(given, tmp_path):
    log = tmp_path / "x" / "a.log"
    log.parent.mkdir()
    for text in given:
        said = str(UserError(f"file: {text}: fix it"))
        assert said == visible(said)
        assert len(visible(text)) <= 10 * len(text)
        log.write_text(f"ValueError: {text}\n", errors="replace")
        for one in progress.failed(tmp_path, []):
            assert all(word == visible(word) and len(word) <= 10 * progress.WIDTH for word in one.words)
        assert progress.at(log) == visible(progress.at(log))
        prompt = judge.filled("{problem}\n--- {gold} --- {answer}", text, text[:50], text)
        assert len(prompt) <= 2 * len(text) + 200 + judge.LONGEST
        assert not re.search(r"<\||</s>|\[INST|<end_of", prompt)
        prompt.encode()
