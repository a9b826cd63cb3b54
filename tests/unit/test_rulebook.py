"""What rules ask of an experiment."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from examples import changed, example
from mixdistill.config.faults import experiment
from mixdistill.plan import Plan
from mixdistill.resources import needs
from mixdistill.rulebook import Rulebook


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def book(raw):
    return Rulebook(Plan(experiment(raw, "test")))


def test_a_student_changes_what_it_names_and_keeps_the_rest():
    raw = changed("sft.args", {"learning_rate": 1e-3, "num_train_epochs": 2})
    assert book(raw).sft("small") == {"max_length": 64, "lora": None, "args": raw["sft"]["args"]}
    assert book(raw).sft("medium")["args"] == {"learning_rate": 2e-3, "num_train_epochs": 2}


def test_a_students_adapter_has_the_defaults_it_does_not_name():
    lora = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": "all-linear"}
    assert book(example()).sft("adapted")["lora"] == lora


def test_sources_are_files_or_manifests_of_what_was_fetched():
    made = book(example())
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert made.teacher_weights(SimpleNamespace(teacher="long")) == ["results/example/world/models/big"]
    assert made.teacher_weights(SimpleNamespace(teacher="short")) == [
        f"results/example/hub/model/owner/short@{commit}.json"
    ]
    assert made.set_source(SimpleNamespace(set="hard")) == f"results/example/hub/dataset/owner/hard@{commit}.json"
    assert made.set_part(SimpleNamespace(set="hard")) == {"split": "test"}
    assert made.set_part(SimpleNamespace(set="train")) == {}
    assert made.completions_source(SimpleNamespace(teacher="large")) == "README.md"


def test_only_what_a_table_of_graders_shows_is_graded_again():
    gap = {"title": "gap", "first": "long", "second": "untrained"}
    raw = changed("tables.graders", {"kind": "graders", "title": "G", "students": ["small"], "gaps": [gap]})
    made = book(raw)
    assert made.graded_cells(SimpleNamespace(student="small")) == [["small", "long", 1], ["small", "untrained", 0]]
    assert made.graded_files(SimpleNamespace(student="small"))[1] == "results/example/answers/small/untrained/0.jsonl"
    assert made.graded_cells(SimpleNamespace(student="medium")) == []


def test_logs_are_found_by_mixture_and_seed():
    raw = changed("students.theirs", {"logs": {"untrained": ["a"], "long": ["b", "c"]}, "parameters": 1, "family": "Q"})
    raw["students"]["theirs"]["seeds"] = [7, 3]
    raw["tables"]["theirs"] = {
        "kind": "methods",
        "title": "T",
        "students": ["theirs"],
        "mixtures": ["untrained", "again"],
    }
    raw["mixtures"]["again"] = raw["mixtures"]["long"]
    for benchmark in raw["benchmarks"].values():
        benchmark["tasks"] = ["T"]
    for name in "abc":
        Path(name).touch()
    made = book(raw)
    assert (made.trained, made.logged) == (["small", "medium", "adapted"], ["theirs"])

    def logs(mixture, seed):
        return made.answer_logs(SimpleNamespace(student="theirs", mixture=mixture, seed=seed))

    assert [logs("untrained", "0"), logs("long", "7"), logs("long", "3")] == [["a"], ["b"], ["c"]]


def test_gpus_follow_the_size_and_the_stage():
    made = book(example())
    assert made.resource("generate", "gpu")(SimpleNamespace(teacher="short")) == 1
    assert made.resource("sft", "gpu")(SimpleNamespace(student="small")) == 0
    sizes = [needs("generate", size)["gpu"] for size in (1e6, 1.5e9, 3.2e10, 7.2e10)]
    assert sizes == [0, 1, 2, 4]
    assert needs("lora", 7e10)["gpu"] < needs("sft", 7e10)["gpu"]


JUDGE = {"model": {"world": "big"}, "parameters": 7.0e9, "prompt": "{gold} {answer}"}


def test_an_experiment_has_no_judge_unless_it_names_one():
    made = book(example())
    assert made.judge(SimpleNamespace(student="small")) is None
    assert (made.judge_weights, made.judge_needs("gpu")) == ([], 0)


def test_a_judge_is_asked_greedily_and_briefly_unless_told_otherwise():
    made = book(changed("judge", JUDGE))
    asked = made.judge(SimpleNamespace(student="small"))
    assert asked["sampling"] == {"temperature": 0.0, "top_p": 1.0, "max_tokens": 20, "stop": []}
    assert (asked["accepted"], asked["controls"]) == (0, 0)
    assert made.judge_weights == ["results/example/world/models/big"]
    assert made.judge_needs("gpu") == 1
    audit = book(changed("judge", {**JUDGE, "mode": "audit", "controls": 7}))
    assert audit.judge(SimpleNamespace(student="small")) == {**asked, "accepted": 100, "controls": 7}
