"""Answers in many ways of writing, right and wrong, are told apart; whichever side is called the gold."""

import grade_pairs
import pytest
from mixdistill.answers.asked import asked
from mixdistill.answers.chain import at_length
from mixdistill.answers.check import first_look
from mixdistill.answers.quantities import quantity
from mixdistill.answers.workers import Task
from mixdistill.jsonl import read
from planning import REPO

ANSWERS = list(read(REPO / "tests" / "answers.jsonl"))
"""Golds with answers as strangers write them, right and wrong, by kind of difficulty."""
KINDS = sorted({row["kind"] for row in ANSWERS})


def pairs(kind):
    """Answer, gold, problem and label of all pairs of a kind."""
    for row in (row for row in ANSWERS if row["kind"] == kind):
        for label in ("right", "wrong"):
            for answer in row[label]:
                yield answer, row["gold"], row.get("problem"), label == "right"


def looked_at(answer, gold, problem):
    return first_look(grade_pairs.written({"prediction": answer, "gold": gold, "problem": problem}))


def accepted(look):
    return at_length(look.text, look.gold, look.asked).right if isinstance(look, Task) else look.outcome == "right"


@pytest.mark.parametrize("kind", KINDS)
def test_answers_of_each_kind_are_told_apart(kind):
    found = [(*pair, accepted(looked_at(*pair[:3]))) for pair in pairs(kind)]
    assert [row for row in found if row[-1] is not row[-2]] == []


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"unit", "sentence", "box"}))
def test_a_verdict_does_not_depend_on_which_side_is_the_gold(kind):
    """Units apart: ``5m`` is 5 metres where 5 is the gold, and 5 times m where it is the gold itself."""
    one_way = [
        (answer, gold, problem)
        for answer, gold, problem, _ in pairs(kind)
        if at_length(answer, gold, asked(problem)).right is not at_length(gold, answer, asked(problem)).right
    ]
    assert [pair for pair in one_way if not any(q and q.unit for q in map(quantity, pair[:2]))] == []
