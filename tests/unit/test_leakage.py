"""The gate before everything that is taught: what is found, what becomes of it, and what scores and tables say."""

import json
from pathlib import Path

import gap_table
import methods_table
import pandas as pd
import pytest
import synthetic
from admit import main as admit
from admit_mixture import main as admit_mixture
from bring import main as bring
from bring_mixture import main as bring_mixture
from hypothesis import given, settings
from hypothesis import strategies as st
from keep_screening import main as keep_screening
from mix import mixed
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write
from mixdistill.leakage import alike, bare, ngrams, same_answers, unwrapped
from rapidfuzz.fuzz import ratio
from score import main as score
from screen import main as screen
from screen_mixture import main as screen_mixture

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

    def pair(one, other):
        first, second = ngrams(one, 3), ngrams(other, 3)
        shared = bool(first and second) and len(first & second) / min(len(first), len(second)) >= 0.5
        return shared or ratio(bare(one), bare(other)) >= 90

    expected = {(a, b) for a, one in enumerate(training) for b, other in enumerate(tests) if pair(one, other)}
    assert {(found.taught, found.test) for found in alike(training, tests, 3, 0.9, 0.5)} == expected


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
    keep_screening(folder / "overlap.json", [folder / "overlap.json"], folder / "kept.json")
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


READY = [
    ("a", TRAINING[-1][1]),  # a training problem, which is clean
    ("b", TRAINING[2][1]),  # a training problem with other numbers: its answer is known to be another
    ("c", TESTS[2][1].replace("316", "317")),  # the same with nobody's answer
    ("d", TESTS[0][1].upper()),
    ("e", TESTS[0][1].upper()),
    ("f", "How far is it to the moon, in miles?"),
]
"""Rows of a training set that exists already: their completions, and their problems."""


def ready(folder: Path, wrapped="{}", rows=READY, **changes):
    """Its screening, after it was brought; the training problems are those that leak and those that do not."""
    write(folder / "set.jsonl", ({"problem": wrapped.format(text), "completion": name} for name, text in rows))
    files = [folder / name for name in ("set.jsonl", "train.jsonl", "imported.jsonl", "imported.counts.json")]
    saved(folder / "train.jsonl", TRAINING)
    bring_mixture(*files, {}, {})
    tests = [saved(folder / "test.jsonl", TESTS)]
    screen_mixture(files[2], tests, folder / "ready.json", "open", ["test"], {**LEAKAGE, **changes})
    return json.loads((folder / "ready.json").read_text())


def taught(folder: Path, removing: bool):
    """Completions and counts of the mixture that is made of it."""
    keep_screening(folder / "ready.json", [], folder / "kept.json")
    out = folder / "ready.jsonl", folder / "ready.counts.json"
    admit_mixture(folder / "imported.jsonl", folder / "kept.json", *out, "Q: {problem}", removing)
    return list(read(out[0])), json.loads(out[1].read_text())


def test_a_set_that_exists_already_is_screened_by_its_texts(tmp_path):
    screening = ready(tmp_path)
    assert found(screening) == {"same": ["exact", "fuzzy", "ngram"], "sibling": ["fuzzy"]}
    assert found(screening, "similar") == {"sibling": ["fuzzy"]}
    assert [(pair["training"], pair["same_answer"]) for pair in screening["pairs"]["test"]] == [
        ("row/4", None),
        ("sibling", False),
        ("row/3", None),
    ]
    assert (screening["rows"], screening["rows that leak"], screening["training problems that leak"]) == (6, 3, 2)


@pytest.mark.parametrize("wrapped", ["Solve this:\n{}\nPut the answer in a box.", "{} Think.", "Q: {}"])
def test_a_prompt_around_every_problem_hides_none(tmp_path, wrapped):
    """The shortest has no n-gram of 8 words, so that only the same text can be found."""
    assert "exact" in found(ready(tmp_path, wrapped))["same"]
    texts = [text for _, text in READY]
    assert [bare(text) for text in unwrapped([wrapped.format(text) for text in texts])] == list(map(bare, texts))


def test_prompts_that_differ_from_row_to_row_hide_no_short_problem():
    """A test problem of fewer words than an n-gram, which is in no other text as it is."""
    test = "Compute $\\binom{8}{4}$."
    texts = [
        f"Please reason step by step. {test}",
        f"Question: {test} Answer:",
        "Say hello",
        "Compute $8+4$. Then rest.",
    ]
    assert {pair.taught for pair in alike(texts, [test, "Find x."], 8, 0.95, 0.5)} == {0, 1}


def test_what_leaks_of_a_set_is_forbidden_in_one_line(tmp_path, capsys):
    with pytest.raises(UserError) as caught:
        ready(tmp_path, policy="forbid")
    assert str(caught.value) == (
        "mixtures.open: 3 of its 6 rows leak into a benchmark, such as row 3 in test (sibling); "
        "set teaching.leakage.policy to remove (they are not taught) or report (they are)"
    )
    assert "leak: row/4 in test (same): exact, fuzzy, ngram" in capsys.readouterr().out
    ready(tmp_path, policy="forbid", rows=[READY[0], READY[1], READY[5]])


def test_a_benchmarks_own_problems_are_no_training_set(tmp_path):
    own = [(name, text) for name, text, _ in TESTS]
    with pytest.raises(UserError, match=r"mixtures.open: 5 of its 5 rows leak .* such as row 1 in test \(same\)"):
        ready(tmp_path, policy="forbid", rows=own)
    ready(tmp_path, policy="remove", rows=own)
    with pytest.raises(UserError, match=r"all 5 rows leak into a benchmark, so that none is left to teach; take anoth"):
        taught(tmp_path, removing=True)


def test_what_leaks_of_a_set_is_taken_out_and_counted_or_taught(tmp_path):
    ready(tmp_path)
    rows, counts = taught(tmp_path, removing=True)
    assert [row["completion"] for row in rows] == ["a", "b", "f"]
    assert rows[0] == {"id": "clean", "prompt": f"Q: {READY[0][1]}", "completion": "a", "teacher": None}
    assert counts == {
        "total": 6,
        "of training problems": 2,
        "of other problems": 1,
        "removed: exact": 2,
        "removed: fuzzy": 1,
        "removed: ngram": 0,
        "rows": 3,
        "problems": 3,
        "removed": ["row/4", "row/3"],
    }
    rows, counts = taught(tmp_path, removing=False)
    assert [row["completion"] for row in rows] == list("abcdef")
    assert (counts["total"], counts["rows"], counts["removed"]) == (6, 6, [])
    write(tmp_path / "imported.jsonl", list(read(tmp_path / "imported.jsonl"))[:5])
    (tmp_path / "imported.counts.json").unlink()
    with pytest.raises(UserError, match=r"kept.json: was made from other training problems than .*imported.jsonl has"):
        admit_mixture(*(tmp_path / name for name in ("imported.jsonl", "kept.json", "x", "y")), "", True)


def test_a_teachers_completions_are_taught_under_the_training_problems_text(tmp_path):
    """What was brought under a training problem's id or text has its text, which the gate has seen."""
    saved(tmp_path / "train.jsonl", TRAINING[-1:])
    text = TRAINING[-1][1].replace(" ", "\n")
    write(tmp_path / "set.jsonl", [{"problem": text, "completion": "\\boxed{28}"}])
    completions = tmp_path / "completions.jsonl"
    bring(*(tmp_path / name for name in ("set.jsonl", "train.jsonl")), completions, tmp_path / "c.json", {}, {})
    kept = {"teacher": {row["id"]: row["completion"] for row in read(completions)}}
    recipe = {"comparison": "alone", "parts": {"teacher": 1}, "rows": None}
    rows, _ = mixed(kept, {row["id"]: row["problem"] for row in read(tmp_path / "train.jsonl")}, recipe, "{problem}")
    assert [row["prompt"] for row in rows] == [TRAINING[-1][1]]


NAMES = tuple(name for name, *_ in TESTS)
ELSEWHERE, HERE = None, "training/0.overlap.json"


def scores(folder: Path, policy="report", ids=NAMES, student="student", **known):
    """Scores of a student that answers all but ``clean`` right when trained on ``long``, made by the rule's script.

    ``known`` has the ids that each mixture taught, and whether here; ``ready`` is screened by itself.
    """
    screened(folder, policy=policy)
    ready(folder, policy=policy)
    known = known or {"long": (NAMES, HERE), "short": (["clean"], HERE)}
    rows, overlaps = [], []
    for mixture, (problems, _) in known.items():
        rows.append(folder / f"{student}-{mixture}-rows.jsonl")
        write(rows[-1], ({"id": problem} for problem in problems))
        overlaps.append(folder / ("ready.json" if mixture == "ready" else "overlap.json"))
    marks, cells = [], []
    for mixture in ("long", "short", "short~again", "ready", "untrained"):
        marks.append(folder / f"{mixture}.jsonl")
        cells.append([student, mixture, 1])
        given = {"benchmark": "test", "sample": 0, "gold": "1", "answer": "1", "rule": "exact"}
        outcome = {name: "right" if name != "clean" and mixture == "long" else "wrong" for name in ids}
        more = {"tokens": 3, "finish_reason": "stop"}
        write(marks[-1], ({**given, "id": name, "outcome": outcome[name], **more} for name in ids))
    write(folder / "verdicts.jsonl", [])
    out = [folder / f"{student}.parquet", folder / f"{student}.counts.json"]
    decided = {mixture: here for mixture, (_, here) in known.items()}
    score(marks, folder / "verdicts.jsonl", folder / "overlap.json", rows, overlaps, *out, cells, decided)
    return out[0]


def unclean(path: Path):
    """Mixture to the test problems that its arm was taught."""
    rows = pd.read_parquet(path)
    return {mixture: set(of_it.loc[~of_it["clean"], "id"]) for mixture, of_it in rows.groupby("mixture", observed=True)}


LEAKING = {"same", "near", "options"}


def test_scores_mark_what_each_arm_was_taught(tmp_path):
    rows = {"long": (["near", "sibling", "clean"], HERE), "short": (["clean"], HERE), "ready": (["row/4"], HERE)}
    assert unclean(scores(tmp_path, **rows)) == {
        "long": {"near"},
        "short": set(),
        "short~again": set(),
        "ready": {"same"},
        "untrained": set(),
    }


def test_what_is_not_known_may_be_any_training_problem(tmp_path):
    marked = unclean(scores(tmp_path, long=(["near"], HERE)))
    assert marked == {"long": {"near"}, **dict.fromkeys(["short", "short~again", "ready"], LEAKING), "untrained": set()}


def test_scores_are_refused_where_a_leak_was_to_be_removed_and_was_taught(tmp_path):
    with pytest.raises(UserError, match="1 test problems leak into what long has taught, such as near of test; take"):
        scores(tmp_path, "remove", long=(["near", "clean"], HERE))
    with pytest.raises(
        UserError, match=r"what ready .* such as same .* delete training/0.overlap.json and .*-R admit_mix"
    ):
        scores(tmp_path, "remove", ready=(["row/4"], HERE))
    assert unclean(scores(tmp_path, "remove", ready=(["row/4"], ELSEWHERE)))["ready"] == {"same"}


PAIR = {"title": "Gap", "first": "long", "second": "short"}
ENTRIES = {
    "gap": {"kind": "gap", "gap": PAIR},
    "methods": {"kind": "methods", "mixtures": ["long", "short"]},
}


def table(folder: Path, kind: str, subset: str, *paths: Path):
    """The CSV rows of a table, and its Markdown."""
    students = [path.stem for path in paths]
    about = {name: (name.title(), "Family", 1e6) for name in students}
    look = synthetic.look({**ENTRIES[kind], "students": students, "subset": subset}, about)
    look["titles"]["benchmarks"] = {"test": "Test"}
    files = {each: folder / f"{kind}-{subset}.{each}" for each in ("csv", "md", "html", "tex")}
    (gap_table if kind == "gap" else methods_table).main([*paths], **files, look=look)
    return pd.read_csv(files["csv"]), files["md"].read_text()


SAID = (
    "Clean subset: left out, for all arms alike, are test problems that leak into what any arm of this table was taught"
)


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_table_shows_all_problems_or_the_clean_ones(tmp_path, kind):
    path = scores(tmp_path)
    values, page = table(tmp_path, kind, "all", path)
    assert values["value"][0] == 80
    assert values["problems"][0] == 5
    assert "Clean subset" not in page
    values, page = table(tmp_path, kind, "clean", path)
    assert values["value"][0] == 50
    assert set(values["problems"]) == {2}
    assert f"{SAID} (Test 3 of 5)." in page


def test_problems_without_a_reference_are_counted_among_those_that_a_table_shows(tmp_path):
    path = scores(tmp_path)
    rows = pd.read_parquet(path)
    rows["outcome"] = rows["outcome"].astype(str).where(~rows["id"].isin(["same", "clean"]), "no gold")
    rows.to_parquet(path)
    lacking = "No usable reference answer: every answer to these problems counts as wrong"
    assert f"{lacking} (Test 2 of 5)." in table(tmp_path, "gap", "all", path)[1]
    assert f"{lacking} (Test 1 of 2)." in table(tmp_path, "gap", "clean", path)[1]


@pytest.mark.parametrize("kind", ENTRIES)
def test_all_arms_of_a_table_have_the_same_clean_problems(tmp_path, kind):
    """Those that none of its arms was taught, whichever of its students that was; other arms count for nothing."""
    taught = {"ready": (["row/4"], HERE), "long": (["options"], HERE), "short": ([], HERE)}
    one, other = scores(tmp_path, **taught), scores(tmp_path, student="other", short=(["near"], HERE), long=([], HERE))
    values, page = table(tmp_path, kind, "clean", one, other)
    assert set(values["problems"]) == {3}
    assert f"{SAID} (Test 2 of 5)." in page


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_benchmark_without_a_clean_problem_is_one_line(tmp_path, kind):
    path = scores(tmp_path, ids=("same", "near"))
    with pytest.raises(UserError, match="all 2 problems of 'test' leak into what an arm of this table was taught, so"):
        table(tmp_path, kind, "clean", path)
