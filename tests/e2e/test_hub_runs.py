"""Snakemake with a hub on loopback: from repositories to answers, and refused before anything is done."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from hub import COMMIT, TOKEN, serving
from mixdistill.jsonl import read
from models import byte_adapter, byte_model
from planning import REPO

PROBLEMS = [{"question": f"{number}+1?", "answer": f"{number} + 1 = #### {number + 1}"} for number in range(3)]


def experiment():
    """Problems, a student and what it was trained to be, all from the hub."""

    def at(name, **more):
        return {"hub": f"owner/{name}", "revision": COMMIT, **more}

    rows = {"fields": {"problem": "question"}, "gold": "hashes"}
    return {
        "name": "fetched",
        "problems": {
            "train": {"source": at("rows", split="train"), **rows},
            "test": {"source": at("rows", split="test"), **rows},
        },
        "teaching": {"problems": "train", "prompt": "{problem}", "leakage": {"policy": "report"}},
        "mixtures": {"ready": {"rows": at("ready"), "fields": {"problem": "question", "completion": "answer"}}},
        "students": {
            "small": {
                "model": at("model"),
                "trained": {"ready": [at("adapter")]},
                "parameters": 100,
                "family": "Qwen2",
            },
        },
        "benchmarks": {"test": {"title": "Test", "problems": "test", "prompt": "{problem}"}},
        "answering": {"sampling": {"max_tokens": 4}},
        "tables": {
            "table3": {"kind": "methods", "title": "Methods", "students": ["small"], "mixtures": ["untrained", "ready"]}
        },
    }


@pytest.fixture
def hub(tmp_path_factory):
    """A hub with all of the experiment's repositories."""
    folder = tmp_path_factory.mktemp("repositories")
    rows = "".join(json.dumps(row) + "\n" for row in PROBLEMS).encode()
    with serving() as made:
        made.add("model/owner/model", byte_model(folder / "model"))
        made.add("model/owner/adapter", byte_adapter(folder / "adapter", folder / "model"))
        made.add("dataset/owner/rows", {"train.jsonl": rows, "test.jsonl": rows})
        made.add("dataset/owner/ready", {"train.jsonl": rows})
        made.gated.add("model/owner/model")
        yield made


@pytest.fixture
def snakemake(hub, tmp_path):
    """Run Snakemake on the experiment; returns exit code and all it wrote."""
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(experiment()))

    def run(*targets, token=None):
        environment = {**os.environ, **hub.environment(tmp_path / "cache", token), "OMP_NUM_THREADS": "1"}
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "-s",
            REPO / "Snakefile",
            "--configfile",
            "mine.yaml",
            "--cores",
            "2",
        ]
        done = subprocess.run(
            [*command, *targets], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=500
        )
        logs = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
        assert TOKEN not in done.stdout + done.stderr + logs
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_refusal_comes_before_everything_else(hub, snakemake, tmp_path):
    del hub.repositories["dataset/owner/ready"]
    hub.repositories["model/owner/adapter"].pop("adapter_config.json")
    code, text = snakemake()
    assert code == 1
    refused = {
        "model": "gated, and there is no token",
        "adapter": "not a Hugging Face model",
        "ready": "no such dataset on the hub",  # nothing is trained on it here, but what a student was taught is screened
    }
    for name, said in refused.items():
        assert f"error: owner/{name}@{COMMIT}: {said}" in text
    assert hub.downloads() == []
    made = {path.parent.name for path in (tmp_path / "results" / "fetched").rglob("*") if path.is_file()}
    assert made <= {"check_hub"}


@pytest.mark.slow
def test_from_the_hub_to_a_table(hub, snakemake, tmp_path):
    code, text = snakemake(token=TOKEN)
    assert code == 0, text
    results = tmp_path / "results" / "fetched"
    assert [row["answer"] for row in read(results / "problems" / "test.jsonl")] == ["1", "2", "3"]
    fingerprints = [
        json.loads((results / "answers" / "small" / f"{cell}.counts.json").read_text())["model"]
        for cell in ("untrained/0", "ready/1")
    ]
    assert fingerprints == [f"owner/model@{COMMIT}", f"owner/model@{COMMIT}+owner/adapter@{COMMIT}"]
    hub.asked.clear()
    (results / "answers" / "small" / "ready" / "1.jsonl").unlink()
    code, text = snakemake()
    assert code == 0, text
    assert hub.asked == []
