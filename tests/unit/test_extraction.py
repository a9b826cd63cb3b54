"""What counts as the final answer of a completion, under each policy, and why there is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixdistill.answers.check import Written, marked
from mixdistill.answers.extraction import extracted, loops
from mixdistill.answers.thoughts import TAGS, unclosed_thoughts

POLICIES = ["boxed", "final-answer", "last-number", "stated"]
EVERYWHERE = ["boxed-anywhere", "released"]


def verdicts(*rows, workers=1):
    return [verdict for _, verdict in marked([{"row": row} for row in rows], lambda row: row["row"], workers)]


@pytest.mark.parametrize(
    ("completion", "answers"),
    [  # one answer per policy
        (r"so \boxed{62}.", ["62"] * 4),
        (r"Final Answer: \boxed{5}", ["5"] * 4),
        ("Final Answer: The final answer is $\\frac12$. I hope it is correct.", [None, *["$\\frac12$."] * 3]),
        ("**Answer:** B", [None, "B", "B", "B"]),
        (r"\boxed{200} and so on. Final Answer: The final answer is $10,455$.", ["200", *["$10,455$."] * 3]),
        ("She makes $18 a day.", [None, None, "18", "$18"]),
        ("It was 3 hours ago that he had 1,234.5", [None, None, "1,234.5", "1,234.5"]),
        (r"Therefore $x \geq 5$ is the solution.", [None, None, "5", r"x \geq 5"]),
        ("Answer \\[ \n 9 \n \\]", [None, None, "9", " \n 9 \n "]),
        ("I do not know.", [None, None, None, "I do not know."]),
        (r"\boxed{3", [None, None, "3", None]),
        ("so 72.\n#### 72", [None, "72", "72", "72"]),
        ("Answer: 5\n#### 6", [None, "6", "6", "6"]),
        (r"<think>\boxed{1}</think><answer>$\frac12$</answer>", ["1", *[r"$\frac12$"] * 3]),
        (r"<answer>so \boxed{4}</answer> or so", ["4"] * 4),
        ("Answer: 5 <answer></answer>", [None, "5 <answer></answer>", "5 <answer></answer>", "5 <answer></answer>"]),
        ("It is eighteen dollars.", [None, None, None, "eighteen dollars"]),
        ("The equation has no solution.", [None, None, None, "The equation has no solution."]),
        ("", [None, None, None, None]),
    ],
)
def test_each_policy_finds_its_answer(completion, answers):
    assert [extracted(completion, policy) for policy in POLICIES] == answers


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        (r"\boxed{1} and \boxed{2}", "1, 2"),
        (r"\boxed{1},\boxed{2},\boxed{3}", "1, 2, 3"),
        (r"\boxed{1} papers and \boxed{2} bins", "1, 2"),
        (r"\boxed{1} no no no no no \boxed{2}", "2"),
        (r"first \boxed{7}. Then we find that, after much work, both \boxed{1} and \boxed{2}", "1, 2"),
    ],
)
def test_boxes_in_a_row_are_one_answer_if_several_are_asked_for(completion, answer):
    assert extracted(completion, "boxed", several=True) == answer
    assert extracted(completion, "boxed") == answer.split(", ")[-1]


@pytest.mark.parametrize(("opening", "closing"), TAGS.items())
def test_thoughts_that_never_close_hold_no_answer(opening, closing):
    cut = rf"{opening} 2+2 is \boxed{{4}}. Answer: 4"
    assert unclosed_thoughts("So: " + cut) == 4
    assert [extracted(cut, policy) for policy in POLICIES] == [None] * 4
    assert extracted(cut, "boxed-anywhere") == "4"
    assert [extracted(rf"\boxed{{5}} {cut}", policy) for policy in POLICIES] == ["5"] * 4
    assert [extracted(rf"{opening} hm {closing} \boxed{{5}} {cut}", policy) for policy in POLICIES] == ["5"] * 4
    for closed in (f"{cut} {closing}", f"hm {closing} {cut.removeprefix(opening)}", f"{opening} {cut} {closing}"):
        assert unclosed_thoughts(closed) is None
        assert extracted(closed, "boxed") == "4"


@pytest.mark.parametrize(
    ("policy", "finish", "outcome"),
    [("boxed", "stop", "no answer"), ("stated", "length", "cut"), *((each, "length", "right") for each in EVERYWHERE)],
)
def test_what_is_boxed_in_unclosed_thoughts_is_no_answer_unless_the_policy_says_so(policy, finish, outcome):
    completion = r"<think> so \boxed{2}? Wait, let me check"
    assert verdicts(Written(completion, finish, "2", policy))[0].outcome == outcome


@pytest.mark.parametrize(
    ("text", "looping"),
    [
        ("Wait, let me check. " * 50, True),
        ("and " * 40, True),
        ("x" * 150, True),
        ("so it goes " * 8 + "and ends otherwise", False),
        ("1 2 3 4 5 6 7 8 9 " * 3, False),
        ("100000000", False),
        ("", False),
    ],
)
def test_a_loop_is_what_repeats_itself_at_the_end(text, looping):
    assert loops(text) is looping


@pytest.mark.parametrize(
    ("completion", "finish", "gold", "outcome"),
    [
        (r"\boxed{2}", "stop", "2", "right"),
        (r"\boxed{3}", "stop", "2", "wrong"),
        (r"\boxed{1+1}", "stop", "2", "right"),
        (r"\boxed{9^{9^{9^9}}}", "stop", "x+1", "timed out"),
        ("2", "stop", "2", "no answer"),
        ("so far it is", "length", "2", "cut"),
        ("and then " * 100, "length", "2", "loop"),
        (r"\boxed{2} and", "length", "2", "right"),
        (r"\boxed{2}", "stop", "", "no gold"),
    ],
)
def test_every_completion_has_an_outcome(completion, finish, gold, outcome, monkeypatch):
    monkeypatch.setenv("MIXDISTILL_ANSWER_SECONDS", "1")
    assert [verdict.outcome for verdict in verdicts(Written(completion, finish, gold, "boxed"))] == [outcome]


@pytest.mark.parametrize(
    ("policy", "completion", "gold", "source", "outcome"),
    [
        ("released", r"\boxed{27}", "27", "27.0", "wrong"),
        ("released-task", r"\boxed{27}", "27", "27.0", "right"),
        ("released", r"\boxed{25}", "25", "025", "wrong"),
        ("released", r"\boxed{025}", "25", "025", "right"),
        ("released-gsm8k", "She makes $18.", "18", "18", "right"),
    ],
)
def test_released_policies_compare_with_the_gold_of_the_source(policy, completion, gold, source, outcome):
    verdict = verdicts(Written(completion, "stop", gold, policy, source))[0]
    assert (verdict.outcome, verdict.rule) == (outcome, policy)


@pytest.mark.parametrize(
    ("completion", "finish", "gold", "outcome"),
    [
        ("no box, 27", "stop", "27", "no answer"),
        ("no box, 27", "length", "27", "cut"),
        (r"\boxed{27}", "stop", "", "no gold"),
    ],
)
def test_released_policies_say_why_there_is_nothing_to_compare(completion, finish, gold, outcome):
    assert verdicts(Written(completion, finish, gold, "released"))[0].outcome == outcome


def test_rows_stay_in_order_whoever_decides_them():
    rows = [Written(rf"\boxed{{{n}+x}}" if n % 3 else rf"\boxed{{{n}}}", "stop", f"x+{n}", "boxed") for n in range(50)]
    assert [verdict.outcome for verdict in verdicts(*rows)] == [
        "right" if n % 3 else "wrong" for n in range(50)
    ]  # decided in a worker or at once
    assert verdicts(*rows) == verdicts(*rows, workers=2)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=r"\boxed{}$ fFinal Answer: is.,0123456789 and" + "\n", max_size=200), st.sampled_from(POLICIES))
def test_no_completion_makes_extraction_fail(completion, policy):
    for several in (False, True):
        answer = extracted(completion, policy, several)
        assert answer is None or answer


PARTS = [
    "####",
    "#### ",
    "\n ",
    "\n\n",
    "<think>",
    "</think>",
    "20-2",
    "1{,}",
    "1{,}000",
    "\\boxed ",
    "\\boxed{}",
    "one ",
    "is ",
]


@pytest.mark.parametrize(
    "part", [*PARTS, "Answer:", "\\boxed\\frac{", "\\boxed{ ", "\nQ:", ", ", "1, ", "\\text{", "$1"]
)
def test_half_a_megabyte_of_anything_is_looked_at_in_no_time(part):
    for policy in POLICIES:
        extracted(part * (500_000 // len(part)), policy, several=True)
