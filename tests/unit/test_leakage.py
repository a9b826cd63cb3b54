"""The gate between problem sets and teachers: what is found, what becomes of it, and what scores and tables say."""

import json
from pathlib import Path

import gap_table
import methods_table
import pandas as pd
import pytest
import synthetic
from admit import main as admit
from hypothesis import given, settings
from hypothesis import strategies as st
from keep_screening import main as keep_screening
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.leakage import Taught, bare, ngrams, same_answers
from rapidfuzz.fuzz import ratio
from score import main as score
from screen import main as screen

LEAKAGE = {"policy": "report", "ratio": 0.95, "ngram": 8, "ngram_share": 0.5, "same_answer": True}
TRAINING = [
    ("same", r"What is $\left( \dfrac{1}{2} \right)^2$?", "1/4"),
    ("near", "Ann has 12 apples and gives 5 of them to Ben, who has none. How many apples has she left?", "7"),
    ("sibling", "What is the sum of the distinct prime factors of the number 315, if each is counted once?", "15"),
    (
        "options",
        "Which whole number is the closest to 7 times 11 times 13? (A) 1000 (B) 1001 (C) 1002 (D) 1003",
        "1001",
    ),
    ("clean", "A square has an area of 49. What is its perimeter?", "28"),
]
TESTS = [
    ("same", r"what is (\frac{1}{2})^{2} ?", "5"),
    ("near", "Ann has 12 apples and gives 5 of them to Ben, who has none.  How many apples has she left over?", "7.0"),
    ("sibling", "What is the sum of the distinct prime factors of the number 316, if each is counted once?", "81"),
    ("options", "Which whole number is the closest to 7 times 11 times 13?", "1001"),
    ("clean", "What is the perimeter of a square of area 64?", "32"),
]


def saved(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    write(path, ({"id": name, "problem": problem, "answer": answer} for name, problem, answer in rows))
    return path


def screened(folder: Path, training=TRAINING, tests=TESTS, **changes):
    """What ``overlap.json`` has of a benchmark ``test``, and the file."""
    files = saved(folder / "train.jsonl", training), [saved(folder / "test.jsonl", tests)]
    screen(*files, folder / "overlap.json", ["test"], {**LEAKAGE, **changes})
    return json.loads((folder / "overlap.json").read_text())


def found(screening, verdict="leak"):
    return {pair["test"]: pair["methods"] for pair in screening["pairs"]["test"] if pair["verdict"] == verdict}


def test_the_same_text_a_changed_one_and_one_with_options_are_leaks(tmp_path):
    screening = screened(tmp_path)
    all_three = ["exact", "fuzzy", "ngram"]
    assert found(screening) == {"same": all_three, "near": all_three[1:], "options": all_three[2:]}
    assert found(screening, "similar") == {"sibling": ["fuzzy"]}
    assert [pair["training"] for pair in screening["pairs"]["test"]] == ["same", "near", "sibling", "options"]
    assert screening["benchmarks"]["test"] == {
        "problems": 5,
        "exact": 1,
        "fuzzy": 3,
        "ngram": 3,
        "leak": 3,
        "similar": 1,
        "problems with a leak": 3,
    }


def test_alike_is_enough_where_answers_need_not_be_equal(tmp_path):
    assert set(found(screened(tmp_path, same_answer=False))) == {"same", "near", "sibling", "options"}


def test_an_answer_that_is_not_known_counts_as_equal(tmp_path):
    training = [(name, problem, "" if name == "sibling" else answer) for name, problem, answer in TRAINING]
    screening = screened(tmp_path, training)
    assert "sibling" in found(screening)
    assert next(pair for pair in screening["pairs"]["test"] if pair["test"] == "sibling")["same_answer"] is None


def test_thresholds_decide(tmp_path):
    assert set(found(screened(tmp_path, ratio=1, ngram_share=1))) == {"same", "options"}
    assert set(found(screened(tmp_path, ratio=1, ngram_share=1, ngram=20))) == {"same"}


def test_answers_are_compared_as_everywhere():
    golds = [("0.5", r"\frac{1}{2}"), ("b=4", "4"), ("3", "4"), ("", "4"), (r"\sqrt{8}", r"2\sqrt{2}"), ("3", "4")]
    assert same_answers(golds) == [True, True, False, None, True, False]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"Find \left( \dfrac{1}{2} \right)", r"find (\frac{1}{2})"),
        ("Find $x^{2}$\nat once.", r"Find $x^2\,$ at once."),
        (r"\tfrac12", r"\frac12"),
    ],
)
def test_layout_hides_no_text(one, other):
    assert bare(one) == bare(other)


def test_commands_that_begin_like_layout_stay():
    assert bare(r"\leftarrow") == r"\leftarrow"


def test_a_figures_code_has_no_ngrams():
    figure = "[asy]\nunitsize(1 cm); draw((0,0)--(1,1)--(2,2)--(3,3));\n[/asy]"
    assert ngrams(f"What is the value of x in the diagram? {figure}", 8) == ngrams(
        "What is the value of x in the diagram?", 8
    )


TEXTS = st.lists(st.text("ab1 $", min_size=1, max_size=30).filter(bare), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_no_pair_is_lost(training, tests):
    """Against both definitions, applied to one pair after the other."""

    def alike(one, other):
        first, second = ngrams(one, 3), ngrams(other, 3)
        shared = bool(first and second) and len(first & second) / min(len(first), len(second)) >= 0.5
        return shared or ratio(bare(one), bare(other)) >= 90

    expected = {(a, b) for a, one in enumerate(training) for b, other in enumerate(tests) if alike(one, other)}
    assert {(pair.training, pair.test) for pair in Taught(training, 3).alike(tests, 0.9, 0.5)} == expected


def test_leaks_are_forbidden_in_one_line_that_names_one(tmp_path, capsys):
    with pytest.raises(UserError) as caught:
        screened(tmp_path, policy="forbid")
    assert str(caught.value) == (
        f"{tmp_path}/train.jsonl: 3 training problems leak into a benchmark, such as same in test (same); "
        "set teaching.leakage.policy to remove (they are not taught) or report (they are)"
    )
    assert "leak: options in test (options): ngram" in capsys.readouterr().out
    screened(tmp_path, [TRAINING[-1], TRAINING[2]], policy="forbid")


def admitted(folder: Path, removing: bool):
    keep_screening(folder / "overlap.json", folder / "kept.json")
    files = [folder / name for name in ("train.jsonl", "kept.json", "taught.jsonl", "taught.counts.json")]
    admit(*files, removing)
    return [row["id"] for row in read(folder / "taught.jsonl")], json.loads((folder / "taught.counts.json").read_text())


def test_leaks_are_taken_out_and_counted_or_taught(tmp_path):
    screened(tmp_path)
    taught, counts = admitted(tmp_path, removing=True)
    assert taught == ["sibling", "clean"]
    reasons = {"removed: exact": 1, "removed: fuzzy": 1, "removed: ngram": 1}
    assert counts == {"total": 5, "kept": 2, **reasons, "rows": 2, "removed": ["same", "near", "options"]}
    taught, counts = admitted(tmp_path, removing=False)
    assert taught == [name for name, *_ in TRAINING]
    assert (counts["kept"], counts["removed"]) == (5, [])


def test_nothing_left_to_teach_is_one_line(tmp_path):
    screened(tmp_path, TRAINING[:2])
    with pytest.raises(UserError, match="all 2 training problems leak into a benchmark, so that none is left to teach"):
        admitted(tmp_path, removing=True)


def test_a_screening_of_other_problems_admits_none(tmp_path):
    screened(tmp_path)
    saved(tmp_path / "train.jsonl", TRAINING[1:])
    with pytest.raises(UserError, match=r"kept.json: was made from other training problems than .*train.jsonl has now"):
        admitted(tmp_path, removing=False)


def scores(folder: Path, policy="report", removed=(), ids=tuple(name for name, *_ in TESTS)):
    """Scores of a student that answers all but ``clean`` right, made by the rule's script."""
    screened(folder, policy=policy)
    (folder / "taught.counts.json").write_text(json.dumps({"removed": list(removed)}))
    marks = []
    for mixture in ("long", "short"):
        for name in ids:
            right = name != "clean" and mixture == "long"
            row = {"benchmark": "test", "id": name, "sample": 0, "gold": "1", "answer": "1", "rule": "exact"}
            marks.append({**row, "outcome": "right" if right else "wrong", "tokens": 3, "finish_reason": "stop"})
    half = len(ids)
    write(folder / "long.jsonl", marks[:half])
    write(folder / "short.jsonl", marks[half:])
    write(folder / "verdicts.jsonl", [])
    cells = [["student", "long", 1], ["student", "short", 1]]
    files = [folder / "verdicts.jsonl", folder / "overlap.json", folder / "taught.counts.json"]
    out = [folder / "student.parquet", folder / "student.counts.json"]
    score([folder / "long.jsonl", folder / "short.jsonl"], *files, *out, cells)
    return folder / "student.parquet"


@pytest.mark.parametrize(("policy", "removed"), [("report", []), ("remove", ["same", "near", "options"])])
def test_scores_mark_what_leaks_whatever_the_policy(tmp_path, policy, removed):
    rows = pd.read_parquet(scores(tmp_path, policy, removed))
    assert rows.groupby("id")["clean"].first().to_dict() == {
        "same": False,
        "near": False,
        "sibling": True,
        "options": False,
        "clean": True,
    }


def test_scores_are_refused_where_a_leak_was_to_be_removed_and_was_taught(tmp_path):
    with pytest.raises(UserError, match="1 training problems that were taught leak .* such as options in test; take"):
        scores(tmp_path, "remove", ["same", "near"])


PAIR = {"title": "Gap", "first": "long", "second": "short"}
ENTRIES = {
    "gap": {"kind": "gap", "gap": PAIR, "students": ["student"]},
    "methods": {"kind": "methods", "students": ["student"], "mixtures": ["long", "short"]},
}


def table(folder: Path, kind: str, subset: str, path: Path):
    """The CSV rows of a table, and its Markdown."""
    look = synthetic.look({**ENTRIES[kind], "subset": subset}, {"student": ("Student", "Family", 1e6)})
    look["titles"]["benchmarks"] = {"test": "Test"}
    files = {each: folder / f"{kind}-{subset}.{each}" for each in ("csv", "md", "html", "tex")}
    (gap_table if kind == "gap" else methods_table).main([path], **files, look=look)
    return pd.read_csv(files["csv"]), files["md"].read_text()


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_table_shows_all_problems_or_the_clean_ones(tmp_path, kind):
    path = scores(tmp_path)
    values, page = table(tmp_path, kind, "all", path)
    assert values["value"][0] == 80
    assert values["problems"][0] == 5
    assert "Clean subset" not in page
    values, page = table(tmp_path, kind, "clean", path)
    assert values["value"][0] == 50
    assert values["problems"][0] == 2
    assert "Clean subset: left out are test problems that leak into the training problems (Test 3 of 5)." in page


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_benchmark_without_a_clean_problem_is_one_line(tmp_path, kind):
    path = scores(tmp_path, ids=("same", "near"))
    with pytest.raises(UserError, match="all 2 problems of 'test' leak into the training problems, so that none is cl"):
        table(tmp_path, kind, "clean", path)
