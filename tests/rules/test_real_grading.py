"""The answer check on real pairs, golds and completions. Needs the data folder beside the repository."""

import gzip
import json
from collections import Counter

import grade_pairs
import pytest
from load_problems import main as load_problems
from mixdistill.answers.check import Written, marked
from mixdistill.answers.gold import reference
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


def test_pairs_are_graded_as_labelled_but_for_the_ones_that_are_argued(tmp_path):
    rows = graded("pairs.jsonl", tmp_path)
    wrong = [(given, found) for given, found in rows if given["equivalent"] is not found["equivalent"]]
    accepted = [given for given, found in wrong if found["equivalent"]]
    assert len(rows) == 495
    assert len(wrong) <= 0.015 * len(rows)
    assert len(accepted) <= 2
    assert not [given for given, _ in wrong if shown(given["prediction"]) not in PAGE]


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
