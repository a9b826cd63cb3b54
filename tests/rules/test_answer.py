"""Answering: one load of the model, and a new benchmark costs only itself."""

import answer
import pytest
from mark import main as mark
from mixdistill.generation import Generator
from mixdistill.jsonl import read, write
from models import byte_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def ask(tmp_path, model, monkeypatch):
    """Answer some benchmarks; returns the prompts that the engine saw in each load of the model."""
    opened = Generator.opened

    def asked(*benchmarks):
        loads = []

        def watched(*given):
            engine, prompts = opened(*given), []
            batch = engine.batch
            engine.batch = lambda requests, s: prompts.extend(r.prompt for r in requests) or batch(requests, s)
            loads.append(prompts)
            return engine

        monkeypatch.setattr(Generator, "opened", watched)
        files = [tmp_path / f"{name}.jsonl" for name in benchmarks]
        for path in files:
            write(path, [{"id": f"{path.stem}/{n}", "problem": f"{path.stem} {n}", "answer": "1"} for n in range(5)])
        answer.main(
            problems=files,
            base=model,
            trained=[],
            answers=tmp_path / "answers.jsonl",
            counts=tmp_path / "counts.json",
            benchmarks={name: {"prompt": "Q {problem}", "stop": []} for name in benchmarks},
            sampling={"temperature": 0.0, "top_p": 1.0, "max_tokens": 6, "stop": []},
            samples=1,
            seed="1",
            engine={"name": "transformers", "dtype": "float32", "batch_size": 4, "lora": "merged", "args": {}},
            journal=tmp_path / "journal.jsonl",
        )
        return loads

    return asked


def test_one_load_answers_all_benchmarks(ask, tmp_path):
    loads = ask("easy", "hard")
    assert len(loads) == 1
    assert sorted(loads[0]) == sorted(f"Q {name} {n}" for name in ("easy", "hard") for n in range(5))
    rows = list(read(tmp_path / "answers.jsonl"))
    assert [(row["benchmark"], row["id"]) for row in rows] == [
        (b, f"{b}/{n}") for b in ("easy", "hard") for n in range(5)
    ]


def test_a_new_benchmark_generates_only_itself(ask, tmp_path):
    ask("easy")
    before = list(read(tmp_path / "answers.jsonl"))
    assert ask("new", "easy") == [[f"Q new {n}" for n in range(5)]]
    assert list(read(tmp_path / "answers.jsonl"))[5:] == before


def test_answering_again_loads_nothing(ask):
    ask("easy")
    assert ask("easy") == []


def test_every_answer_is_marked(ask, tmp_path):
    ask("easy", "hard")
    files = [tmp_path / "easy.jsonl", tmp_path / "hard.jsonl"]
    policies = {"easy": "boxed", "hard": "last-number"}
    mark(files, tmp_path / "answers.jsonl", tmp_path / "marks.jsonl", tmp_path / "c.json", policies)
    rows = list(read(tmp_path / "marks.jsonl"))
    assert len(rows) == 10
    assert {row["outcome"] for row in rows} <= {"right", "wrong", "no answer", "cut"}
