"""vLLM in whole runs: killed and continued the same to the byte, and from problems to a table."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import yaml
from mixdistill.jsonl import read, write
from models import byte_model
from planning import REPO

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.usefixtures("vllm_is_here")]

PROBLEMS, KILLS = 300, 3


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return byte_model(tmp_path_factory.mktemp("model") / "teacher")


def start(folder, model, batch_size):
    """Start the script of the rule ``generate`` in a process group of its own."""
    folder.mkdir(exist_ok=True)
    write(folder / "problems.jsonl", [{"id": f"p/{n}", "problem": f"{n} + {n % 7}?"} for n in range(PROBLEMS)])
    given = {
        "problems": folder / "problems.jsonl",
        "model": model,
        "completions": folder / "completions.jsonl",
        "counts": folder / "counts.json",
        "teacher": "long",
        "shard": 0,
        "shards": 1,
        "prompt": "Solve {problem}",
        "sampling": json.dumps({"temperature": 0.8, "top_p": 0.95, "max_tokens": 60, "stop": ["ab"]}),
        "samples": 2,
        "engine": json.dumps(
            {
                "name": "vllm",
                "dtype": "float32",
                "batch_size": batch_size,
                "lora": "adapter",
                "args": {"max_num_seqs": 40},
            }
        ),
        "journal": folder / "journal.jsonl",
    }
    flags = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, REPO / "workflow" / "scripts" / "generate.py", *flags]
    log = (folder / "log").open("a")
    return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def finished(folder, model, batch_size):
    assert start(folder, model, batch_size).wait() == 0, (folder / "log").read_text()[-3000:]
    return (folder / "completions.jsonl").read_bytes()


def recorded(folder):
    """Bytes in the journal."""
    path = folder / "journal.jsonl"
    return path.stat().st_size if path.exists() else 0


@pytest.mark.parametrize("batch_size", [None, 40])
def test_generation_that_is_killed_and_continued_is_the_same_to_the_byte(tmp_path, model, batch_size):
    expected = finished(tmp_path / "whole", model, batch_size)
    whole, rng = recorded(tmp_path / "whole"), random.Random()
    killed, left = tmp_path / "killed", []
    for _ in range(KILLS):
        before = recorded(killed)
        process = start(killed, model, batch_size)
        enough = before + rng.random() * (whole - before) / 2
        while recorded(killed) <= enough:
            assert process.poll() is None, (killed / "log").read_text()[-3000:]
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left.append(recorded(killed) / whole)
    print(f"\nkilled with {', '.join(f'{share:.0%}' for share in left)} of the journal written")
    assert 0 < left[0] < left[-1] < 1
    assert finished(killed, model, batch_size) == expected
    assert len(list(read(killed / "completions.jsonl"))) == 2 * PROBLEMS


def cut_down():
    """The miniature with one student that becomes an adapter, two teachers, and everything written by vLLM."""
    raw = yaml.safe_load((REPO / "config" / "miniature.yaml").read_text())
    raw["name"] = "vllm"
    raw["seeds"] = [1]
    raw["engine"] = {"name": "vllm", "args": {"max_num_seqs": 64}}
    raw["teachers"]["long"]["shards"] = 2
    raw["teachers"] = {name: raw["teachers"][name] for name in ("long", "short")}
    raw["comparisons"] = {"long-short": {"teachers": ["long", "short"], "rows": 12}}
    raw["mixtures"] = {name: raw["mixtures"][name] for name in ("long", "short", "mix-long")}
    raw["students"]["qwen-small"]["sft"] = {"lora": {"r": 8, "lora_alpha": 16}}
    raw["answering"]["again"]["mixture"] = "mix-long"
    raw["sweeps"], raw["figures"] = {}, {}
    table = raw["tables"]["table3"]
    raw["tables"] = {"table3": {**table, "students": ["qwen-small"], "mixtures": ["untrained", "mix-long"]}}
    world = raw["world"]
    world["models"]["qwen-large"]["training"]["steps"] = 700
    for name in ("qwen-small-base", "qwen-small", "judge"):
        world["models"][name]["training"]["steps"] = 100
    for problems in world["problems"].values():
        training = problems["split"] == "train"
        problems.update({"rows": 120, "levels": ["gsm8k"]} if training else {"rows": 8})
    return raw


def test_an_experiment_runs_by_vllm_from_problems_to_a_table(tmp_path):
    (tmp_path / "vllm.yaml").write_text(yaml.safe_dump(cut_down()))
    command = [sys.executable, "-m", "snakemake", "-s", REPO / "Snakefile", "--configfile", "vllm.yaml", "--cores", "2"]
    with (tmp_path / "run.log").open("w") as log:
        done = subprocess.run(command, cwd=tmp_path, stdout=log, stderr=log)
    assert done.returncode == 0, (tmp_path / "run.log").read_text()[-4000:]
    results = tmp_path / "results" / "vllm"
    assert "mix" in (results / "tables" / "table3.md").read_text().lower()
    assert (results / "models" / "qwen-small" / "mix-long" / "1" / "adapter_config.json").exists()
    answers = {path.parent.name: len(list(read(path))) for path in (results / "answers").rglob("*.jsonl")}
    assert answers == dict.fromkeys(["untrained", "mix-long", "mix-long~again"], 5 * 8)
    for journal in (results / "scratch").rglob("*.jsonl"):
        assert journal.stat().st_size
    again = subprocess.run([*command, "-n"], cwd=tmp_path, capture_output=True, text=True)
    assert "Nothing to be done" in again.stdout + again.stderr
