"""What rules ask of an experiment."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from examples import changed, example
from mixdistill import resources
from mixdistill.config.faults import experiment
from mixdistill.plan import Plan
from mixdistill.resources import DAY, MOST_MEMORY, again, needs, ran_out_of_memory
from mixdistill.rulebook import Rulebook


@pytest.fixture(autouse=True)
def brought_file(tmp_path, monkeypatch):
    (tmp_path / "README.md").touch()
    monkeypatch.chdir(tmp_path)


def book(raw):
    return Rulebook(Plan(experiment(raw, "test")))


def test_a_student_changes_what_it_names_and_keeps_the_rest():
    raw = changed("sft.args", {"learning_rate": 1e-3, "num_train_epochs": 2})
    made = book(raw).plan
    assert made.settings("small", "long") == {**made.experiment.sft.model_dump(), **raw["sft"], "dtype": "float32"}
    assert made.settings("medium", "long")["args"] == {"learning_rate": 2e-3, "num_train_epochs": 2}


def test_a_mixture_changes_what_its_student_left():
    raw = changed("mixtures.mix-long.sft", {"max_length": 32, "args": {"num_train_epochs": 3}})
    made = book(raw)

    def asked(name, mixture):
        return made.sft_param(name)(SimpleNamespace(student="medium", mixture=mixture))

    assert (asked("max_length", "mix-long"), asked("max_length", "long")) == (32, 64)
    assert asked("args", "mix-long") == {"learning_rate": 2e-3, "num_train_epochs": 3}
    assert asked("args", "long") == {"learning_rate": 2e-3}


def test_a_students_adapter_has_the_defaults_it_does_not_name():
    lora = {"r": 4, "lora_alpha": 8, "lora_dropout": 0.0, "target_modules": "all-linear"}
    assert book(example()).plan.settings("adapted", "long")["lora"] == lora


def test_sources_are_files_or_manifests_of_what_was_fetched():
    made = book(example())
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert made.teacher_weights(SimpleNamespace(teacher="long")) == ["results/example/world/models/big"]
    assert made.teacher_weights(SimpleNamespace(teacher="short")) == [
        f"results/example/hub/model/owner/short@{commit}.json"
    ]
    assert made.set_source(SimpleNamespace(set="hard")) == [f"results/example/hub/dataset/owner/hard@{commit}.json"]
    assert made.set_part(SimpleNamespace(set="hard")) == {"split": "test"}
    assert made.set_part(SimpleNamespace(set="train")) == {}
    assert made.completions_source(SimpleNamespace(teacher="large")) == ["README.md"]


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
    assert made.resource("generate", "gpu")(SimpleNamespace(teacher="short"), 1) == 1
    assert made.resource("sft", "gpu")(SimpleNamespace(student="small", mixture="long"), 1) == 0
    sizes = [needs("generate", size)["gpu"] for size in (1e6, 1.5e9, 3.2e10, 7.2e10)]
    assert sizes == [0, 1, 2, 4]
    assert needs("lora", 7e10)["gpu"] < needs("sft", 7e10)["gpu"]


@pytest.fixture
def out_of_memory(monkeypatch):
    noted = Counter()
    monkeypatch.setattr(resources, "OUT_OF_MEMORY", noted)
    return noted


def test_a_job_that_is_tried_again_asks_for_more_time(out_of_memory):
    needed = {"gpu": 2, "mem_mb": 1000, "runtime": 600}
    asked = [[again(attempt, name, needed) for name in needed] for attempt in (1, 2, 3)]
    assert asked == [[2, 1000, 600], [2, 1000, 1200], [2, 1000, DAY]]
    assert again(2, "runtime", {"runtime": 2 * DAY}) == 2 * DAY


def test_a_job_that_ran_out_of_memory_asks_for_more_of_it_up_to_a_limit(out_of_memory):
    ran_out_of_memory(["qwen", "long", "1"])
    memory = [
        again(2, "mem_mb", {"gpu": gpus, "mem_mb": needed}, job)
        for gpus, needed in ((0, 1500), (0, 200_000), (4, 298_000), (1, 300_000))
        for job in (["qwen", "long", "1"], ["qwen", "long", "2"])
    ]
    assert memory == [3000, 1500, MOST_MEMORY, 200_000, 596_000, 298_000, 300_000, 300_000]


def test_training_on_several_nodes_is_one_job_that_starts_its_processes_itself():
    made, cell = book(example()), SimpleNamespace(student="small", mixture="long")
    assert [made.on_nodes(value)(cell, 1) for value in ("srun", None, 0)] == [None, None, None]
    raw = changed(
        "students", {**example()["students"], "small": {**example()["students"]["small"], "parameters": 4e11}}
    )
    asked = [book(raw).on_nodes(value)(cell, 1) for value in ("srun", None, 0)]
    assert asked[0] == "srun"
    assert asked[1] == book(raw).resource("sft", "nodes")(cell, 1) > 1
    assert asked[2] == 0


JUDGE = {"model": {"world": "big"}, "parameters": 7.0e9, "prompt": "{gold} {answer}"}


def test_an_experiment_has_no_judge_unless_it_names_one():
    made = book(example())
    assert made.judge(SimpleNamespace(student="small")) is None
    assert (made.judge_weights, made.resource("judge", "gpu")(None, 1)) == ([], 0)


def test_a_judge_is_asked_greedily_and_briefly_unless_told_otherwise():
    made = book(changed("judge", JUDGE))
    asked = made.judge(SimpleNamespace(student="small"))
    assert asked["sampling"] == {"temperature": 0.0, "top_p": 1.0, "max_tokens": 20, "stop": []}
    assert (asked["accepted"], asked["controls"]) == (0, 0)
    assert made.judge_weights == ["results/example/world/models/big"]
    assert made.resource("judge", "gpu")(None, 1) == 1
    audit = book(changed("judge", {**JUDGE, "mode": "audit", "controls": 7}))
    assert audit.judge(SimpleNamespace(student="small")) == {**asked, "accepted": 100, "controls": 7}
