"""Whole runs of a cut-down miniature: twice the same, killed and continued the same, warm and cold the same."""

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
from whole import cut_down, digests

pytestmark = pytest.mark.slow

KILLS = 5
SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(REPO / "Snakefile"), "--configfile", "small.yaml"]


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


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    began = time.monotonic()
    folder = finished(new(tmp_path_factory, "first"))
    (folder / "seconds").write_text(str(time.monotonic() - began))
    return folder


def test_the_run_has_all_it_should(first):
    assert len(digests(first)) > 60
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
