"""Mixtures: comparable arms, nested sweeps, equal mixtures made once."""

import pytest
from examples import changed, example
from hypothesis import given
from hypothesis import strategies as st
from mix import dealt, in_order, main, mixed
from mixdistill.config.faults import experiment
from mixdistill.errors import UserError
from mixdistill.jsonl import read, write, write_json
from mixdistill.plan import Cell, Plan
from mixdistill.terms import apart, warnings

PROBLEMS = {f"p{number}": f"problem {number}" for number in range(50)}


def kept(**solved):
    return {teacher: {f"p{n}": f"{teacher} {n}" for n in numbers} for teacher, numbers in solved.items()}


def recipe(parts, rows=None):
    return {"comparison": "c", "teachers": ["long", "short"], "parts": parts, "rows": rows}


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5, unique=True).map(sorted), st.integers(1, 200))
def test_a_larger_weight_contains_a_smaller_ones_long_rows(weights, count):
    ids = [str(number) for number in range(count)]
    before = set()
    for weight in weights:
        given_to = dealt(ids, {"long": weight, "short": 1 - weight})
        assert set(given_to) == set(ids)
        now = {identity for identity, teacher in given_to.items() if teacher == "long"}
        assert before <= now
        assert abs(len(now) - weight * count) <= 0.5 + 1e-6
        before = now


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 9), min_size=1), st.integers(1, 100))
def test_every_problem_has_one_teacher_whatever_the_weights(raw, count):
    parts = {teacher: weight / sum(raw.values()) for teacher, weight in raw.items()}
    assert set(dealt([str(n) for n in range(count)], parts)) == {str(n) for n in range(count)}


def test_order_depends_on_names_alone():
    ids = set(PROBLEMS)
    assert in_order(ids, "a") == in_order(set(reversed(sorted(ids))), "a") != in_order(ids, "b")


def test_arms_share_problems_rows_and_order():
    completions = kept(long=range(0, 40), short=range(10, 50))
    long, shared = mixed(completions, PROBLEMS, recipe({"long": 1}, 20), "Q: {problem}")
    short, _ = mixed(completions, PROBLEMS, recipe({"short": 1}, 20), "Q: {problem}")
    both, _ = mixed(completions, PROBLEMS, recipe({"long": 0.2, "short": 0.8}, 20), "Q: {problem}")
    assert shared == 30
    assert [row["id"] for row in long] == [row["id"] for row in short] == [row["id"] for row in both]
    assert len(set(row["id"] for row in both)) == 20
    assert sum(row["teacher"] == "long" for row in both) == 4
    assert long[0]["prompt"] == f"Q: {PROBLEMS[long[0]['id']]}"
    for row, of_long, of_short in zip(both, long, short, strict=True):
        assert row == (of_long if row["teacher"] == "long" else of_short)


def test_sets_that_do_not_overlap_are_an_error():
    with pytest.raises(
        UserError,
        match=r"comparisons.c: no problem was solved by all its teachers \(solved: long 5, short 5\); draw more samples",
    ):
        mixed(kept(long=range(5), short=range(5, 10)), PROBLEMS, recipe({"long": 1}), "{problem}")


def test_too_few_shared_problems_are_an_error_and_no_smaller_set():
    with pytest.raises(UserError, match=r"comparisons.c.rows: 20 wanted, but only 5 problems were solved by all"):
        mixed(kept(long=range(10), short=range(5, 15)), PROBLEMS, recipe({"long": 1}, 20), "{problem}")


@pytest.mark.parametrize(
    ("rows", "said"), [(None, "no problem was solved by all"), (4, "4 wanted, but only 1 problem")]
)
def test_teachers_that_solved_too_few_are_named_with_the_reason(tmp_path, rows, said):
    write(tmp_path / "problems.jsonl", [{"id": f"p{n}", "problem": "?", "answer": "2"} for n in range(12)])
    solved = {"long": range(12), "short": [3] if rows else []}
    for teacher, numbers in solved.items():
        kept = [{"id": f"p{n}", "sample": 0, "completion": "2"} for n in numbers]
        write(tmp_path / f"{teacher}.jsonl", kept)
        made = {"rows": len(kept), "total": 12 if teacher == "long" else 16, "right": len(kept), "solved": len(kept)}
        lost = {} if teacher == "long" else {"no answer": 14, "cut": 2 - len(kept), "covered": 3}
        write_json(tmp_path / f"{teacher}.counts.json", {"problems": 12, "covered": 12, **made, **lost})
    kept = [tmp_path / f"{teacher}.jsonl" for teacher in solved]
    with pytest.raises(UserError) as error:
        main(
            tmp_path / "problems.jsonl",
            kept,
            *(tmp_path / name for name in "mc"),
            recipe({"long": 1}, rows),
            "{problem}",
        )
    message = str(error.value)
    assert said in message
    assert "; teachers.short: 14 of 16 completions have no \\boxed{} answer, " in message
    assert message.endswith("; teachers.short: completions for 3 of 12 training problems")
    assert "teachers.long" not in message


def test_the_first_right_completion_is_used(tmp_path):
    write(tmp_path / "problems.jsonl", [{"id": "p", "problem": "1+1", "answer": "2"}])
    rows = [{"id": "p", "sample": n, "completion": f"try {n}"} for n in (1, 3)]
    write(tmp_path / "kept.jsonl", rows)
    out = tmp_path / "mixture.jsonl"
    one = {"comparison": "c", "teachers": ["t"], "parts": {"t": 1}, "rows": None}
    main(tmp_path / "problems.jsonl", [tmp_path / "kept.jsonl"], out, tmp_path / "counts.json", one, "{problem}")
    assert list(read(out)) == [{"id": "p", "prompt": "1+1", "completion": "try 1", "teacher": "t"}]


def plan(raw):
    return Plan(experiment(raw, "test"))


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def test_equal_mixtures_are_one():
    made = plan(example())
    assert made.on_sweep("share") == {0: "short", 0.2: "mix-long", 0.4: "share-0.4", 1: "long"}
    assert set(made.recipes) == {"long", "short", "mix-long", "share-0.4"}


def test_a_sweeps_mixture_takes_no_name_that_the_file_gives_to_another():
    raw = example()
    raw["mixtures"]["share-0.4"] = {"comparison": "long-short", "parts": {"long": 0.5, "short": 0.5}}
    made = plan(raw)
    assert made.on_sweep("share")[0.4] == "share-0.4-swept"
    assert dict(made.recipes["share-0.4"].parts) == {"long": 0.5, "short": 0.5}
    assert dict(made.recipes["share-0.4-swept"].parts) == {"long": 0.4, "short": 0.6}


def test_a_second_name_for_a_mixture_trains_nothing():
    raw = changed("mixtures.again", {"comparison": "long-short", "parts": {"short": 0.8, "long": 0.2}})
    raw["tables"]["table3"]["mixtures"].append("again")
    assert plan(raw).cells() == plan(example()).cells()
    assert plan(raw).same_as["again"] == "mix-long"


def test_tables_and_figures_pull_the_cells():
    assert set(plan(example()).cells("medium")) == {Cell("medium", "long", 1), Cell("medium", "short", 1)}
    assert set(plan(example()).cells("adapted")) == {Cell("adapted", "long", 1), Cell("adapted", "short", 1)}
    small = {cell.mixture for cell in plan(example()).cells("small")}
    assert small == {"untrained", "long", "short", "mix-long", "share-0.4"}


def test_untrained_students_have_one_seed_and_trained_ones_theirs():
    raw = changed("seeds", [1, 2])
    raw["students"]["medium"]["seeds"] = [7]
    cells = plan(raw).cells()
    assert {cell.seed for cell in cells if cell.mixture == "untrained"} == {0}
    assert {cell.seed for cell in cells if cell.student == "medium"} == {7}
    assert {cell.seed for cell in cells if cell.student == "small" and cell.mixture == "long"} == {1, 2}


def test_what_nothing_shows_is_named():
    assert list(plan(example()).unused()) == ["teachers.large"]


def test_arms_of_different_comparisons_are_pointed_out():
    raw = changed("mixtures.wide", {"comparison": "all", "parts": {"short": 1}})
    raw["tables"]["table3"]["mixtures"].append("wide")
    made = plan(raw)
    assert apart(made, made.entries()["table1"]) == []
    assert apart(made, made.entries()["table3"]) == [
        "Different training problems: arms of one comparison share theirs (long-short: long, short, mix-long; all: wide)."
    ]


def test_a_mixture_trained_otherwise_is_another_arm():
    raw = changed("mixtures.mix-long.sft", {"max_length": 32})
    made = plan(raw)
    assert made.on_sweep("share")[0.2] == "share-0.2"
    assert {"mix-long", "share-0.2"} <= {cell.mixture for cell in made.cells("small")}
    raw["mixtures"]["again"] = raw["mixtures"]["mix-long"]
    assert plan(raw).same_as["again"] == "mix-long"


def test_arms_that_are_trained_otherwise_are_pointed_out():
    raw = changed("mixtures.long.sft", {"max_length": 32, "args": {"packing": True}})
    raw["students"]["medium"]["sft"]["max_length"] = 32
    made = plan(raw)
    assert apart(made, made.entries()["table1"]) == [
        "Different training settings of small: arms of one comparison share theirs "
        "(long: max_length 32, packing true; short: max_length 64, packing default).",
        "Different training settings of medium: arms of one comparison share theirs "
        "(long: packing true; short: packing default).",
    ]
    assert apart(made, made.entries()["table3"]) == [
        "Different training settings: arms of one comparison share theirs "
        "(long: max_length 32, packing true; short, mix-long: max_length 64, packing default)."
    ]
    assert len([line for line in warnings(made) if line.startswith("table1, figure4: ")]) == 2


def test_settings_that_come_to_the_same_are_not():
    made = plan(changed("mixtures.long.sft", {"max_length": 64}))
    assert apart(made, made.entries()["table3"]) == []
