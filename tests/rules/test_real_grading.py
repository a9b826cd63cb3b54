"""The answer check on real pairs, golds and completions. Needs the data folder beside the repository."""

import gzip
import json
from collections import Counter

import grade_pairs
import pytest
from load_problems import main as load_problems
from mixdistill.answers.chain import LONGEST
from mixdistill.answers.check import Written, has_several, marked
from mixdistill.answers.extraction import extracted
from mixdistill.answers.gold import reference
from mixdistill.answers.workers import Task, Workers
from mixdistill.jsonl import read
from planning import REPO

DATA = REPO.parent / "shared" / "data"
PAGE = (REPO / "docs" / "judging.md").read_text()
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs real pairs and responses in ../shared/data")


def graded(name, folder):
    """Rows of a file of pairs with and without what was found, in the same order."""
    grade_pairs.main(DATA / "graders" / name, folder / "verdicts.jsonl")
    given, found = list(read(DATA / "graders" / name)), list(read(folder / "verdicts.jsonl"))
    assert [
        {**row, **{key: one[key] for key in ("equivalent", "rule", "outcome")}}
        for row, one in zip(given, found, strict=True)
    ] == (found)
    return list(zip(given, found, strict=True))


def shown(text):
    """An answer as the page has it: its last 60 characters on one line."""
    return " ".join(text.split())[-60:].strip()


@pytest.mark.parametrize(
    ("name", "count", "share", "most_accepted"), [("pairs.jsonl", 495, 0.985, 2), ("reports.jsonl", 220, 0.97, 1)]
)
def test_pairs_are_graded_as_labelled_but_for_the_ones_that_are_argued(name, count, share, most_accepted, tmp_path):
    rows = graded(name, tmp_path)
    wrong = [(given, found) for given, found in rows if given["equivalent"] is not found["equivalent"]]
    accepted = [given for given, found in wrong if found["equivalent"]]
    assert len(rows) == count
    assert len(wrong) <= (1 - share) * len(rows)
    assert len(accepted) <= most_accepted
    assert not [given for given, _ in wrong if shown(given["prediction"]) not in PAGE]


def test_a_verdict_does_not_depend_on_which_side_is_the_gold():
    """But for units: ``1000.99`` is accepted for ``1,000.99m``, and not the other way round, where m may be a variable."""
    tasks = []
    for name in ("pairs.jsonl", "reports.jsonl"):
        for row in map(grade_pairs.written, read(DATA / "graders" / name)):
            answer = extracted(row.completion, row.policy, has_several(row.gold))
            if answer is not None and max(len(answer), len(row.gold)) <= LONGEST:
                tasks.append(Task("chain", answer, row.gold, row.asked))
    with Workers() as workers:
        there = list(workers.results(tasks))
        back = list(workers.results(task._replace(text=task.gold, gold=task.text) for task in tasks))
    assert len(tasks) > 700
    differing = [task for task, one, other in zip(tasks, there, back, strict=True) if one.right is not other.right]
    assert [(task.text, task.gold) for task in differing] == [("1,000.99m²", "1000.99")]


def test_golds_are_recognised_after_normalisation_by_others(tmp_path):
    rows = [pair for pair in graded("math_gold_renderings.jsonl.gz", tmp_path) if not pair[0].get("malformed_gold")]
    missed = [given for given, found in rows if not found["equivalent"]]
    assert len(rows) == 1_760
    assert len(missed) <= 0.005 * len(rows)
    assert not [given["gold"] for given in missed if shown(given["gold"]) not in PAGE]


def test_every_gold_of_the_five_benchmarks_is_its_own_right_answer(tmp_path):
    names = ["math_test.jsonl.gz", "gsm8k_test.jsonl", "amc23.jsonl", "aime24.jsonl", "olympiadbench.jsonl"]
    rows = []
    for name in names:
        load_problems(DATA / "problems" / name, tmp_path / "p.jsonl", tmp_path / "c.json", name, {}, {}, "plain")
        rows += read(tmp_path / "p.jsonl")
    found = Counter()
    for answer in ("answer", "source_answer"):
        pairs = marked(
            rows,
            lambda row, name=answer: Written(
                rf"\boxed{{{row.get(name, row['answer'])}}}", "stop", row["answer"], "boxed"
            ),
        )
        found[answer] = sum(verdict.outcome == "right" for _, verdict in pairs)
    assert len(rows) == 7_064
    assert found == {"answer": 7_064, "source_answer": 7_064}


def responses(name):
    with gzip.open(DATA / "responses" / name, "rt") as file:
        return [json.loads(line) for line in file]


@pytest.mark.parametrize(
    ("name", "policy", "count", "agreed"),
    [("gsm8k_gpt3.jsonl.gz", "last-number", 5_276, 5_276), ("math_qwen_8_samples.jsonl.gz", "boxed", 800, 791)],
)
def test_recorded_correctness_is_found_again(name, policy, count, agreed):
    rows = responses(name)
    found = list(
        marked(rows, lambda row: Written(row["response"], "stop", reference(row["gold"], "plain"), policy), workers=1)
    )
    differing = [(row, verdict) for row, verdict in found if row["correct"] is not (verdict.outcome == "right")]
    assert len(found) == count
    assert len(found) - len(differing) >= agreed
    assert not [row["id"] for row, _ in differing if row["id"] not in PAGE]
