"""Whole runs of a cut-down miniature: twice the same, killed and continued the same, warm and cold the same."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from planning import REPO

pytestmark = pytest.mark.slow

COMPARED = (
    "problems",
    "training",
    "completions",
    "kept",
    "mixtures",
    "models",
    "answers",
    "marks",
    "verdicts",
    "scores",
    "tables",
    "figures",
)
KILLS = 5
SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--configfile", "small.yaml"]


def cut_down():
    """The miniature with two students that are hardly pretrained, two teachers, and a tenth of the problems."""
    raw = yaml.safe_load((REPO / "config" / "miniature.yaml").read_text())
    raw["name"] = "small"
    raw["comparisons"]["long-short"]["rows"] = 24
    raw["seeds"] = [1]
    raw["students"]["qwen-tiny"]["seeds"] = [1, 2]
    raw["tables"] = {
        "table1": {**raw["tables"]["table1"], "students": ["qwen-tiny"]},
        "table3": {
            **raw["tables"]["table3"],
            "students": ["llama-small"],
            "mixtures": ["untrained", "long", "mix-long"],
        },
        "judge": {**raw["tables"]["judge"], "students": ["qwen-tiny"], "mixtures": ["long", "short"]},
    }
    raw["figures"] = {"figure2": {**raw["figures"]["figure2"], "students": ["qwen-tiny"]}}
    raw["sweeps"] = {}
    for model in ("qwen-tiny", "llama-small", "judge"):
        raw["world"]["models"][model]["training"]["steps"] = 100
    for problems in raw["world"]["problems"].values():
        problems["rows"] = 120 if problems["split"] == "train" else 10
        if problems["split"] == "train":
            problems["levels"] = ["gsm8k"]
    return raw


def start(folder, warm=False):
    """Start the workflow in a process group of its own."""
    command = [*SNAKEMAKE, "--cores", "2"]
    environment = {**os.environ, "MIXDISTILL_WARM": str(int(warm))}
    log = (folder / "run.log").open("a")
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)


def new(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp(name)
    (folder / "small.yaml").write_text(yaml.safe_dump(cut_down()))
    return folder


def finished(folder, warm=False):
    run = start(folder, warm)
    assert run.wait() == 0, (folder / "run.log").read_text()[-3000:]
    return folder


def digests(folder):
    """Every file that the run made, but logs, timings and Snakemake's own marks."""
    results = folder / "results" / "small"
    files = [path for stage in COMPARED for path in sorted((results / stage).rglob("*")) if path.is_file()]
    assert len(files) > 60
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name != ".snakemake_timestamp"
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    began = time.monotonic()
    folder = finished(new(tmp_path_factory, "first"))
    (folder / "seconds").write_text(str(time.monotonic() - began))
    return folder


def test_the_run_has_all_it_should(first):
    scores = first / "results" / "small" / "scores"
    counts = json.loads((scores / "qwen-tiny.counts.json").read_text())
    assert counts["total"] == 2 * 2 * 5 * 10
    assert json.loads((scores / "llama-small.counts.json").read_text())["total"] == 3 * 5 * 10
    adapter = first / "results" / "small" / "models" / "llama-small" / "long" / "1"
    assert (adapter / "adapter_model.safetensors").exists()


def test_a_second_run_from_scratch_is_the_same_to_the_byte(first, tmp_path_factory):
    assert digests(finished(new(tmp_path_factory, "second"))) == digests(first)


def test_a_warm_run_is_the_same_to_the_byte(first, tmp_path_factory):
    assert digests(finished(new(tmp_path_factory, "warm"), warm=True)) == digests(first)


def test_a_run_killed_at_random_moments_and_continued_is_the_same_to_the_byte(first, tmp_path_factory):
    folder, rng = new(tmp_path_factory, "killed"), random.Random()
    span = float((first / "seconds").read_text())
    moments = []
    while len(moments) < KILLS:
        run = start(folder, warm=len(moments) % 2 == 1)
        moment = rng.uniform(4, 4 + span / KILLS)
        try:
            run.wait(moment)
        except subprocess.TimeoutExpired:
            moments.append(round(moment, 1))
        os.killpg(run.pid, signal.SIGKILL) if run.poll() is None else None
        if run.wait() == 0:
            break
    print("\nkilled after", moments, "seconds")
    assert len(moments) == KILLS, "the run ended before it was killed often enough"
    assert digests(finished(folder)) == digests(first)


def test_nothing_is_kept_of_models_beside_their_place(first):
    assert list(first.glob("results/*/models/*/*/*/model.safetensors"))
    assert list(first.rglob("final")) == []


def test_again_there_is_nothing_to_be_done(first):
    command = [*SNAKEMAKE, "--cores", "2"]
    shown = subprocess.run(command, cwd=first, capture_output=True, text=True, check=True)
    assert "Nothing to be done" in shown.stdout + shown.stderr


def test_a_report_is_made(first):
    subprocess.run([*SNAKEMAKE, "--report", "report.html"], cwd=first, capture_output=True, check=True)
    page = Path(first / "report.html").read_text()
    assert "Miniature world" in page
    assert "table3" in page
