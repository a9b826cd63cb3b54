"""Rejection sampling: what is kept under which policy, what is not whole, and how a teacher that fares badly is named."""

import json
from typing import get_args

import pytest
import reject
from examples import changed
from mixdistill.answers.thoughts import TAGS
from mixdistill.config.faults import experiment
from mixdistill.config.policies import Policy, TeachersPolicy
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.rejection import OF_ONE, REASONS, shortfalls
from reject import unfinished

BOX = r"so \boxed{72}"


def rejected(folder, completions, policy="boxed", gold="72", problems=1):
    """The kept completions and the counts; a completion is a text that ended by itself, or a text and its finish."""
    write(folder / "problems.jsonl", [{"id": f"p{n}", "problem": "?", "answer": gold} for n in range(problems)])
    given = [one if isinstance(one, tuple) else (one, "stop") for one in completions]
    rows = [
        {"id": f"p{n % problems}", "sample": n // problems, "completion": text, "tokens": None, "finish_reason": finish}
        for n, (text, finish) in enumerate(given)
    ]
    write(folder / "0.jsonl", rows)
    files = folder / "kept" / "short.jsonl", folder / "kept" / "short.counts.json"
    reject.main(folder / "problems.jsonl", [folder / "0.jsonl"], *files, policy)
    return [row["completion"] for row in read(files[0])], json.loads(files[1].read_text())


@pytest.mark.parametrize(
    ("policy", "right"),
    [
        ("boxed", {BOX}),
        (
            "final-answer",
            {BOX, "The answer is 72.", "36 twice, or <<2*36=71>>71.\n#### 72", "71\n#### 72\n\nDone in 3"},
        ),
        ("last-number", {BOX, "The answer is 72.", "It is 72"}),
    ],
)
def test_completions_are_compared_under_the_teachers_policy(tmp_path, policy, right):
    wrong = "#### 72\nNo: it is 71.\n#### 71"
    kept, counts = rejected(tmp_path, [*sorted(right), wrong], policy)
    assert set(kept) == right
    assert (counts["right"], counts["answer"]) == (len(right), policy)
    assert counts["total"] == len(right) + 1 == sum(counts.get(reason, 0) for reason in ("right", *REASONS))


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (
            "last_number",
            "must be 'boxed', 'final-answer', 'last-number' or 'stated' (got 'last_number'); did you mean 'last-number'?",
        ),
        ("released", "takes right answers for wrong (27 against 27.0); use boxed (got 'released')"),
        ("released-gsm8k", "takes right answers for wrong (27 against 27.0); use last-number (got 'released-gsm8k')"),
        (
            "boxed-anywhere",
            "for scoring alone: thoughts that never close are not taught; use boxed (got 'boxed-anywhere')",
        ),
    ],
)
@pytest.mark.parametrize("key", ["teaching.answer", "teachers.long.answer"])
def test_a_policy_that_makes_no_sense_for_teachers_is_refused(key, policy, why, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").touch()
    with pytest.raises(UserError) as error:
        experiment(changed(key, policy), "mine.yaml")
    assert str(error.value).startswith(f"mine.yaml: {key}: ")
    assert str(error.value).endswith(why)
    assert "\n" not in str(error.value)


LOOP = "Wait, let me check. " * 50


@pytest.mark.parametrize(
    ("completion", "finish", "reason"),
    [
        (BOX, "stop", None),
        (BOX, "unknown", None),
        (BOX, "length", "cut"),
        (BOX, "model_length", "cut"),
        (BOX, "content_filter", "cut"),
        (BOX, "max_tokens", "cut"),
        (BOX, "MAX_TOKENS", "cut"),
        (BOX, "incomplete", "cut"),
        (f"<Think>{BOX}", "stop", "thoughts not closed"),
        (f"{BOX} {LOOP}", "length", "loop"),
        (f"{BOX} {LOOP}", "stop", None),  # it came to an end
        (f"<think>{BOX} {LOOP}", "unknown", "loop"),
        (f"<think>{BOX}", "stop", "thoughts not closed"),
        (f"<think>{BOX}", "length", "cut"),
        (f"<think>hm</think>{BOX}", "stop", None),
        (f"<think>{BOX}</think>", "stop", None),
        (f"hm</think>{BOX}", "stop", None),  # the chat template opened the thoughts
        (f"<think>hm</think>no <think>hm</think>{BOX}", "stop", None),
        (f"<think>hm</think>no <think>{BOX}", "stop", "thoughts not closed"),
        (f"<think>\n<think>\nhm</think>{BOX}", "stop", None),  # opened by the template and by the model
        (f"<think>in <think> and </think> I write; hm</think>{BOX}", "stop", None),
        (f"<think>\n\n</think>\n\n{BOX}", "stop", None),  # a model told not to think
        (f"<think>hm</think>{BOX}, see <think>", "stop", "thoughts not closed"),  # a mention cannot be told apart
        (f"if 1 < think > 0 then {BOX}", "stop", None),
        *((f"{opening}hm {BOX}", "stop", "thoughts not closed") for opening in TAGS),
        *((f"{opening}hm{closing}{BOX}", "stop", None) for opening, closing in TAGS.items()),
        (f"<|channel|>analysis<|message|>{BOX}<|end|>", "stop", "thoughts not closed"),
        (f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{BOX}", "stop", None),
        ("<think>" * 70_000 + BOX, "stop", "thoughts not closed"),
        ("<think>" + "hm </think>" * 40_000 + BOX, "stop", None),
    ],
)
def test_a_completion_that_is_not_whole_is_not_kept_whatever_stands_in_it(completion, finish, reason):
    assert unfinished({"completion": completion, "finish_reason": finish}) == reason


def test_what_is_not_whole_is_counted_by_its_reason(tmp_path):
    cut = [(BOX, "length"), f"<think>{BOX}", (f"{BOX} {LOOP}", "length")]
    kept, counts = rejected(tmp_path, [BOX, r"\boxed{7}", "72", BOX, BOX, *cut])
    assert kept == [BOX] * 3
    found = {reason: counts[reason] for reason in REASONS if reason in counts}
    assert found == {"wrong": 1, "no answer": 1, "cut": 1, "thoughts not closed": 1, "loop": 1}
    assert counts["total"] == counts["right"] + sum(found.values()) == 8


NONE_KEPT = [
    (
        ["72"] * 16,
        r"teachers.short: 16 of 16 completions have no \boxed{} answer (none kept); set teachers.short.answer to how it "
        r"writes its answers, or change teaching.prompt so that it asks for \boxed{}",
    ),
    (
        [*[(BOX, "length")] * 15, "72"],
        r"teachers.short: 15 of 16 completions were cut at max_tokens, 1 has no \boxed{} answer (none kept); raise "
        "teachers.short.sampling.max_tokens, or bring whole completions",
    ),
    (
        [f"<think>{BOX}", r"\boxed{7}", r"\boxed{8}"],
        "teachers.short: 2 of 3 completions are wrong, 1 has thoughts that never close (none kept); see that teachers.short.answer",
    ),
    ([], "teachers.short: completions for 0 of 1 training problems"),
]


@pytest.mark.parametrize(("completions", "message"), NONE_KEPT)
def test_a_teacher_of_whom_nothing_is_kept_ends_the_job_with_the_reason_and_the_fix(tmp_path, completions, message):
    with pytest.raises(UserError) as error:
        rejected(tmp_path, completions)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_policy_that_finds_no_answer_is_named(tmp_path):
    with pytest.raises(UserError) as error:
        rejected(tmp_path, ["72", "72"], "final-answer")
    assert "2 of 2 completions have no answer that final-answer finds (none kept); set teachers.short.answer" in str(
        error.value
    )


@pytest.mark.parametrize(("right", "named"), [(7, True), (8, False)])
def test_a_teacher_of_whom_fewer_than_half_is_kept_is_named(tmp_path, capsys, right, named):
    rejected(tmp_path, [BOX] * right + ["72"] * (16 - right), problems=4)
    line = r"teachers.short: 9 of 16 completions have no \boxed{} answer (7 kept, for 4 of 4 problems); set"
    assert (line in capsys.readouterr().out) is named
    assert [one.startswith(line) for one in shortfalls(tmp_path / "kept" / "short.counts.json")] == [True] * named


def test_a_finish_reason_that_nobody_knows_is_named(tmp_path, capsys):
    rejected(tmp_path, [(BOX, "odd"), (BOX, "stop"), (BOX, "END_TURN")])
    assert "finish reason 'odd', taken for whole: 1\n" in capsys.readouterr().out


def test_a_teacher_that_covers_a_part_of_the_problems_says_so(tmp_path, capsys):
    write(tmp_path / "more.jsonl", [{"id": f"p{n}", "problem": "?", "answer": "72"} for n in range(12)])
    rejected(tmp_path, [BOX] * 3, problems=3)
    assert "training problems" not in capsys.readouterr().out
    files = tmp_path / "kept" / "short.jsonl", tmp_path / "kept" / "short.counts.json"
    reject.main(tmp_path / "more.jsonl", [tmp_path / "0.jsonl"], *files, "boxed")
    assert "teachers.short: completions for 3 of 12 training problems\n" in capsys.readouterr().out


def test_a_completion_of_no_training_problem_is_an_error_even_if_it_was_cut(tmp_path):
    rejected(tmp_path, [BOX] * 3, problems=3)
    write(tmp_path / "0.jsonl", [{"id": "p9", "sample": 0, "completion": BOX, "finish_reason": "length"}])
    files = tmp_path / "kept.jsonl", tmp_path / "short.counts.json"
    with pytest.raises(UserError, match="completion of 'p9': no such training problem"):
        reject.main(tmp_path / "problems.jsonl", [tmp_path / "0.jsonl"], *files, "boxed")


def test_teachers_policies_are_names_of_the_benchmarks_policies():
    assert set(get_args(get_args(TeachersPolicy)[0])) < set(get_args(Policy))


def test_every_reason_has_its_words():
    for said, fix in REASONS.values():
        assert said.split()[0] in OF_ONE
        assert fix.format(teacher="short", asked="")
