"""Real completions through rejection sampling. Needs the data folder beside the repository."""

import gzip
import json
from collections import Counter

import pytest
import reject
from mixdistill.jsonl import read, write
from planning import REPO

DATA = REPO.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs real completions in ../shared/data")


def rows_of(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rejected(folder, problems, completions, policy):
    """The counts of a rejection; completions are texts by problem."""
    write(folder / "problems.jsonl", problems)
    rows = [
        {"id": key, "sample": 0, "completion": text, "finish_reason": "unknown"} for key, text in completions.items()
    ]
    write(folder / "0.jsonl", rows)
    kept, counts = folder / "teacher.jsonl", folder / "teacher.counts.json"
    reject.main(folder / "problems.jsonl", [folder / "0.jsonl"], kept, counts, policy)
    made = json.loads(counts.read_text())
    assert made["rows"] == made["right"] == sum(1 for _ in read(kept))
    return made


def test_gsm8ks_own_solutions_are_all_kept(tmp_path):
    rows = rows_of("problems/gsm8k_train.jsonl.gz")
    counts = rejected(tmp_path, rows, {row["id"]: row["solution"] for row in rows}, "final-answer")
    assert counts["right"] == counts["total"] == counts["solved"] == counts["problems"] == 7_473


UNFINISHED = {
    "crest-gpt-oss-20b": {"thoughts not closed": 14},  # each ends in the middle of a sentence of its thoughts
    "crest-qwen3-4b-thinking": {},
    "crest-r1-distill-qwen-1.5b": {},
    "crest-r1-distill-qwen-32b": {},
    "gpt-4o-short": {},
    "gpt-oss-120b-short": {},  # these close thoughts that the chat template opened
    "llama-3-70b-short": {},
    "qwen2.5-math-1.5b-small": {"thoughts not closed": 2},
    "qwen2.5-math-7b": {},
    "r1-distill-qwen-1.5b": {"thoughts not closed": 122},
}


def test_no_whole_completion_is_taken_for_an_unfinished_one():
    found = {}
    for path in sorted((DATA / "traces").glob("*.jsonl.gz")):
        rows = rows_of(path)
        reasons = Counter(reject.unfinished({**row, "finish_reason": "unknown"}) for row in rows)
        del reasons[None]
        found[path.name.removesuffix(".jsonl.gz")] = dict(reasons)
    assert found == UNFINISHED


def test_an_answer_in_thoughts_that_never_close_is_not_taught(tmp_path):
    problems = {row["id"]: row for row in rows_of("problems/math_train.jsonl.gz")}
    completions = {row["id"]: row["completion"] for row in rows_of("traces/crest-gpt-oss-20b.jsonl.gz")}
    counts = rejected(tmp_path, [problems[key] for key in completions], completions, "boxed")
    assert (counts["total"], counts["right"], counts["thoughts not closed"]) == (100, 86, 14)
