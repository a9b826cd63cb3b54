"""What else explains a gap: parts of the problems, endings, training sets, several answers."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import endings_table
import numpy as np
import pandas as pd
import pytest
import samples_table
import slices_table
import synthetic
import training_table
from mixdistill.digest import SCRIPTS
from mixdistill.errors import UserError
from mixdistill.jsonl import write

STUDENTS = {"qwen": ("Qwen", "Qwen2", 1e9), "llama": ("Llama", "Llama", 2e9)}
GAP = {"title": "Gap", "first": "long", "second": "short"}


def files(folder: Path) -> dict[str, Path]:
    """The files of a table."""
    return {kind: folder / f"table.{kind}" for kind in ("csv", "md", "html", "tex")}


def written(folder: Path) -> tuple[pd.DataFrame, str]:
    """The CSV and the Markdown of a table."""
    return pd.read_csv(folder / "table.csv", keep_default_na=False), (folder / "table.md").read_text()


@pytest.fixture(name="scores")
def fixture_scores(tmp_path: Path) -> list[Path]:
    """Two students; answers to later problems are longer, and those of long chains of thought twice as long."""
    frames = {}
    for name in STUDENTS:
        frame = synthetic.frame(name, {"long": 0.4, "short": 0.5, "untrained": 0.3}, seeds=(1, 2))
        number = frame["id"].str.rsplit("-").str[-1].astype(int)
        frame["tokens"] = (10 + number) * frame["mixture"].map({"long": 2, "short": 1, "untrained": 1})
        frames[name] = frame
    return synthetic.save(tmp_path / "scores", frames)


@pytest.fixture(name="problems")
def fixture_problems(tmp_path: Path) -> list[Path]:
    """Levels 1 to 4 in turn; only MATH has subjects."""
    made = []
    for name, (_, size) in synthetic.BENCHMARKS.items():
        subject = {"subject": "Algebra"} if name == "math" else {}
        rows = [
            {"id": f"{name}-{n}", "problem": "?", "answer": "1", "level": n % 4 + 1, **subject} for n in range(size)
        ]
        made.append(tmp_path / f"{name}.jsonl")
        write(made[-1], rows)
    return made


def sliced(folder: Path, scores: list[Path], problems: list[Path], **more: Any) -> tuple[pd.DataFrame, str]:
    """A table of slices, read back."""
    entry = {"gap": GAP, "students": list(STUDENTS), "by": ["benchmark", "level", "subject", "length"], **more}
    slices_table.main(scores, problems, **files(folder), look=synthetic.look(entry, STUDENTS))
    return written(folder)


def test_slices_are_the_means_of_their_problems(tmp_path: Path, scores: list[Path], problems: list[Path]) -> None:
    """By hand: accuracy of level 2 over all benchmarks, all problems alike; parts cover each problem once."""
    found, text = sliced(tmp_path, scores, problems)
    frame = pd.read_parquet(scores[0])
    level = frame["id"].str.rsplit("-").str[-1].astype(int) % 4 + 1
    by = found.set_index(["student", "by", "part", "quantity", "mixture"])
    long, short = (100 * frame[(level == 2) & (frame["mixture"] == one)]["correct"].mean() for one in ("long", "short"))
    assert by.loc[("qwen", "level", "2", "accuracy", "long"), "value"] == pytest.approx(long, abs=1e-4)
    assert by.loc[("qwen", "level", "2", "gap", "long"), "value"] == pytest.approx(long - short, abs=2e-4)
    sums = found[found["quantity"] == "gap"].groupby(["student", "by"])["problems"].sum()
    assert (sums.loc[:, ["benchmark", "level", "length"]] == 540).all()
    assert (sums.loc[:, "subject"] == 300).all()
    assert "| **Qwen, by level** |" in text
    assert "not corrected for being many" in text


def test_quarters_of_length_are_of_both_mixtures(tmp_path: Path, scores: list[Path], problems: list[Path]) -> None:
    """A problem's length is the mean of 2 n and n tokens: 1.5 (10 + number)."""
    found, _ = sliced(tmp_path, scores, problems, by=["length"])
    one = found[(found["student"] == "qwen") & (found["quantity"] == "gap")]
    numbers = np.concatenate([np.arange(size) for _, size in synthetic.BENCHMARKS.values()])
    ends = [round(np.quantile(1.5 * (10 + numbers), share)) for share in (0.25, 0.5, 0.75)]
    assert list(one["part"]) == [f"up to {ends[0]} tokens", f"up to {ends[1]}", f"up to {ends[2]}", f"above {ends[2]}"]
    assert one["problems"].max() - one["problems"].min() <= 8


def test_what_is_not_known_is_said_and_few_problems_have_no_interval(tmp_path: Path, problems: list[Path]) -> None:
    """Answers that were brought have no number of tokens; a level of three problems no interval."""
    frame = synthetic.frame("qwen", {"long": 0.4, "short": 0.5}).assign(tokens=pd.NA)
    scores = synthetic.save(tmp_path / "scores", {"qwen": frame})
    rows = [json.loads(line) for line in problems[0].read_text().splitlines()]
    for row in rows[:3]:
        row["level"] = 9
    write(problems[0], rows)
    found, text = sliced(tmp_path, scores, problems, students=["qwen"], by=["level", "length"])
    assert set(found["by"]) == {"level"}
    assert "Not known of these problems or answers: length." in text
    (line,) = [line for line in text.splitlines() if line.startswith("| 9 |")]
    assert "[" not in line


def test_whatever_shows_scores_says_which_problems_have_no_reference() -> None:
    scripts = [path for kind in ("table", "figure") for path in SCRIPTS.glob(f"*_{kind}.py")]
    of_scores = {path.stem for path in scripts if "scores: list[Path]" in path.read_text()} - {"example_figure"}
    assert len(of_scores) == 10
    assert {path.stem for path in scripts if "footnotes(scores, look)" in path.read_text()} == of_scores


def test_endings_bound_the_average(tmp_path: Path) -> None:
    """Ten answers by hand: two cut off, one of them right all the same; one loop, one without an answer."""
    frame = synthetic.frame("qwen", {"long": 0.5}, seeds=(1,), sizes={"math": 10})
    frame["correct"] = [True] * 5 + [False] * 5
    frame["outcome"] = pd.Categorical(["right"] * 5 + ["wrong", "wrong", "cut", "loop", "no answer"])
    frame["finish_reason"] = pd.Categorical(["length"] + ["stop"] * 6 + ["length", "length", "stop"])
    scores = synthetic.save(tmp_path / "scores", {"qwen": frame})
    look = synthetic.look({"students": ["qwen"], "mixtures": ["long"]}, STUDENTS)
    endings_table.main(scores, **files(tmp_path), look=look)
    found, text = written(tmp_path)
    (row,) = found.to_dict("records")
    assert [row[name] for name in ("answers", "cut", "loop", "no_answer", "timed_out")] == [10, 20, 10, 10, 0]
    assert [row[name] for name in ("average", "worst", "best")] == [50, 40, 80]
    assert "| Long CoT | 10 | 12 | 20.0 | 10.0 | 10.0 | 0.0 | 50.0 | 40.0 | 80.0 |" in text
    look["entry"]["mixtures"] = ["short"]
    with pytest.raises(UserError, match="mixture 'short': no answers"):
        endings_table.main(scores, **files(tmp_path), look=look)


def test_training_sets_are_shown_and_others_named(tmp_path: Path) -> None:
    """Two seeds of one arm; the other was trained elsewhere."""
    report = {
        **{"training rows": 1380, "cut rows": 7, "rows without completion": 2, "validation rows": 0},
        **{"prompt tokens": 52_000, "completion tokens": 1_234_567, "steps": 40},
        "completion lengths": {"min": 3, "25%": 50, "50%": 80, "75%": 120, "95%": 300, "max": 512},
    }
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    for path, loss in zip(paths, (0.25, 0.35), strict=True):
        path.write_text(json.dumps({**report, "loss": loss}))
    look = synthetic.look({"students": ["qwen"], "mixtures": ["long", "short"]}, STUDENTS)
    cells = [["qwen", "long", 1], ["qwen", "long", 2]]
    (tmp_path / "kept").mkdir()
    kept = [tmp_path / "kept" / f"{teacher}.counts.json" for teacher in ("short", "long")]
    for path, right in zip(kept, (3, 8), strict=True):
        made = {"total": 8, "right": right, "wrong": 8 - right, "problems": 8, "covered": 8, "solved": right}
        path.write_text(json.dumps(made))
    training_table.main(paths, kept, **files(tmp_path), look=look, cells=cells)
    found, text = written(tmp_path)
    assert "| Long CoT | 1,380 | 7 | 2 | 0 | 52,000 | 1,234,567 | 80 | 300 | 512 | 0.300 |" in text
    assert "| Short CoT | trained elsewhere |" in text
    assert "teachers.short: 5 of 8 completions are wrong (3 kept, for 3 of 8 problems); see" in text
    assert "teachers.long" not in text
    assert found.loc[0, ["seeds", "cut_rows", "completion_50%"]].tolist() == [2, 7, 80]
    training_table.main([], [], **files(tmp_path), look=look, cells=[])
    assert written(tmp_path)[1].count("trained elsewhere") == 2


@pytest.mark.parametrize(("number", "right"), [(5, 0), (5, 1), (5, 3), (5, 5), (8, 2)])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_pass_at_k_is_the_share_of_all_choices_with_a_right_one(number: int, right: int, k: int) -> None:
    """Counted."""
    correct = [at < right for at in range(number)]
    chosen = [any(one) for one in combinations(correct, k)]
    assert samples_table.pass_at(k, correct) == pytest.approx(sum(chosen) / len(chosen))


@pytest.mark.parametrize(
    ("answers", "correct", "k", "expected"),
    [
        (["7", "8", "7", "9"], [True, False, True, False], 4, 1.0),
        (["8", "8", "7"], [False, False, True], 3, 0.0),
        (["8", "8", "7", "7"], [False, False, True, True], 4, 0.5),
        (["8", "8", "7", "7", "7"], [False, False, True, True, True], 2, 0.0),
        ([None, None, "7"], [False, False, True], 3, 1.0),
        ([None, None], [False, False], 2, 0.0),
        ([r"\\frac{1}{2}", r"\\dfrac12", "3", "3 "], [True, True, False, False], 3, 1.0),
    ],
)
def test_the_majority_votes(answers: list[str | None], correct: list[bool], k: int, expected: float) -> None:
    """Ties count in part, no answer has no vote, ways of writing are one."""
    assert samples_table.majority_at(k, answers, correct) == expected


def test_several_answers_are_shown_with_intervals(tmp_path: Path) -> None:
    """pass@1 is the mean over answers; pass@k grows with k; maj@1 would be the first answer."""
    scores = synthetic.save(
        tmp_path / "scores", {"qwen": synthetic.frame("qwen", {"long": 0.5, "short": 0.3}, samples=4)}
    )
    look = synthetic.look({"students": ["qwen"], "mixtures": ["long", "short"], "k": [1, 2, 4]}, STUDENTS)
    samples_table.main(scores, **files(tmp_path), look=look)
    found, text = written(tmp_path)
    assert "| Training set | pass@1 | pass@2 | pass@4 | maj@2 | maj@4 |" in text
    values = found.set_index(["mixture", "quantity"])["value"]
    frame = pd.read_parquet(scores[0])
    means = frame[frame["mixture"] == "long"].groupby("benchmark")["correct"].mean()
    assert values["long", "pass@1"] == pytest.approx(100 * means.mean(), abs=1e-3)
    assert values["long", "pass@1"] < values["long", "pass@2"] < values["long", "pass@4"]
    assert (found["low"] < found["value"]).all()
