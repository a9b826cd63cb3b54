"""Real problems and real completions through the same rules. Needs the data folder beside the repository."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from load_problems import main as load_problems
from mixdistill.jsonl import read
from models import byte_model
from planning import REPO

DATA = REPO.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs real problems in ../shared/data")

SETS = [
    ("math_train.jsonl.gz", 7_500, ["train/number_theory/7115.json", "train/number_theory/7117.json"]),
    ("math_test.jsonl.gz", 5_000, []),
    ("math500.jsonl", 500, []),
    ("gsm8k_train.jsonl.gz", 7_473, []),
    ("gsm8k_test.jsonl", 1_319, []),
    ("aime24.jsonl", 30, []),
    ("amc23.jsonl", 40, []),
    ("olympiadbench.jsonl", 675, []),
]


@pytest.mark.parametrize(("name", "count", "empty"), SETS, ids=[name for name, *_ in SETS])
def test_every_problem_is_loaded_and_no_gold_is_empty_but_the_two_known(tmp_path, name, count, empty):
    problems, counts = tmp_path / "problems.jsonl", tmp_path / "counts.json"
    load_problems(DATA / "problems" / name, problems, counts, "set", {}, {}, "plain")
    rows = list(read(problems))
    assert len(rows) == len({row["id"] for row in rows}) == count
    assert [row["id"] for row in rows if not row["answer"]] == json.loads(counts.read_text())["empty"] == empty


@pytest.mark.parametrize(
    ("name", "fields", "gold"),
    [
        ("math_test.jsonl.gz", {"answer": "solution"}, "boxed"),
        ("math_train.jsonl.gz", {"answer": "solution"}, "boxed"),
        ("amc23.jsonl", {"answer": "answer_raw"}, "plain"),
    ],
)
def test_golds_taken_from_the_original_field_are_the_same(tmp_path, name, fields, gold):
    made = []
    for index, (mapping, place) in enumerate([({}, "plain"), (fields, gold)]):
        load_problems(
            DATA / "problems" / name, tmp_path / f"{index}.jsonl", tmp_path / "c.json", "s", {}, mapping, place
        )
        made.append([row["answer"] for row in read(tmp_path / f"{index}.jsonl")])
    differing = [pair for pair in zip(*made, strict=True) if pair[0] != pair[1]]
    assert len(differing) <= len(made[0]) // 100, differing[:5]


PROMPT = (
    "Solve the following math problem. Present the final answer in the format: Final Answer: "
    "\\boxed{your_answer}.\nProblem: {problem}\nAnswer:"
)


def experiment(model: Path) -> dict:
    benchmarks = {"aime": ("aime24.jsonl", None), "amc": ("amc23.jsonl", None), "olympiad": ("olympiadbench.jsonl", 40)}
    return {
        "name": "real",
        "problems": {
            "math": {"source": {"path": str(DATA / "problems" / "math_test.jsonl.gz")}},
            **{
                name: {"source": {"path": str(DATA / "problems" / file)}, "limit": limit}
                for name, (file, limit) in benchmarks.items()
            },
        },
        "teaching": {"problems": "math", "prompt": PROMPT, "leakage": {"policy": "report"}},
        "teachers": {
            "qwen": {
                "completions": {"path": str(DATA / "responses" / "math_qwen_8_samples.jsonl.gz")},
                "fields": {"completion": "response"},
            }
        },
        "comparisons": {"alone": {"teachers": ["qwen"]}},
        "mixtures": {"qwen": {"comparison": "alone", "parts": {"qwen": 1}}},
        "sft": {"max_length": 768, "args": {"num_train_epochs": 1, "per_device_train_batch_size": 8}},
        "students": {"bytes": {"model": {"path": str(model)}, "parameters": 1e5, "family": "Qwen2"}},
        "engine": {"batch_size": 40},
        "benchmarks": {name: {"title": name.upper(), "problems": name, "prompt": PROMPT} for name in benchmarks},
        "answering": {"sampling": {"max_tokens": 16, "stop": ["Problem:"]}},
        "tables": {
            "methods": {"kind": "methods", "title": "Methods", "students": ["bytes"], "mixtures": ["untrained", "qwen"]}
        },
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Real completions and benchmarks through the whole DAG, with a tiny model that reads bytes."""
    folder = tmp_path_factory.mktemp("real")
    model = byte_model(folder / "model", context=4096)
    (folder / "real.yaml").write_text(yaml.safe_dump(experiment(model)))
    command = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--configfile", "real.yaml"]
    done = subprocess.run([*command, "--cores", "2", "-q"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "results" / "real"


def test_rejection_agrees_with_the_recorded_correctness(results):
    with gzip.open(DATA / "responses" / "math_qwen_8_samples.jsonl.gz", "rt") as file:
        recorded = [json.loads(line) for line in file]
    kept = {(row["id"], row["sample"]) for row in read(results / "kept" / "qwen.jsonl")}
    agreeing = sum(((row["id"], row["sample"]) in kept) == row["correct"] for row in recorded)
    counts = json.loads((results / "kept" / "qwen.counts.json").read_text())
    print(f"\nkept {counts}; agreement with the recorded correctness {agreeing} of {len(recorded)}")
    assert counts["total"] == len(recorded) == 800
    assert counts["right"] == len(kept)
    assert agreeing >= 784


def test_a_training_set_holds_each_solved_problem_once(results):
    rows = list(read(results / "mixtures" / "qwen.jsonl"))
    counts = json.loads((results / "kept" / "qwen.counts.json").read_text())
    assert len(rows) == len({row["id"] for row in rows}) == counts["solved"]
    assert all(row["prompt"].startswith("Solve the following") and "\\boxed{" in row["completion"] for row in rows)


def test_what_is_screened_is_taught_and_marked(results):
    import pandas as pd

    overlap = json.loads((results / "problems" / "overlap.json").read_text())
    assert {name: counts["problems"] for name, counts in overlap["benchmarks"].items()} == {
        "aime": 30,
        "amc": 40,
        "olympiad": 40,
    }
    assert json.loads((results / "training" / "problems.counts.json").read_text())["kept"] == 5_000
    rows = pd.read_parquet(results / "scores" / "bytes.parquet")
    taught = {row["id"] for row in read(results / "mixtures" / "qwen.jsonl")}
    leaks = [pair for pairs in overlap["pairs"].values() for pair in pairs if pair["verdict"] == "leak"]
    touched = {pair["test"] for pair in leaks if pair["training"] in taught}
    assert rows.loc[rows["mixture"] == "untrained", "clean"].all()
    assert set(rows.loc[~rows["clean"], "id"]) == touched


def test_the_trained_student_answers_every_problem(results):
    import pandas as pd

    rows = pd.read_parquet(results / "scores" / "bytes.parquet")
    assert rows.groupby(["mixture", "benchmark"], observed=True).size().unique().tolist() in ([30, 40], [40, 30])
    assert len(rows) == 2 * (30 + 40 + 40)
    training = json.loads((results / "models" / "bytes" / "qwen" / "1" / "training.json").read_text())
    assert training["rows"] == len(list(read(results / "mixtures" / "qwen.jsonl")))
    assert training["cut rows"] > 0
