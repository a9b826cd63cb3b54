"""One machine with two GPUs, pretended, and the profile for it: two jobs at a time, each with a card of its own."""

import os
import subprocess
import sys
from itertools import combinations

import pytest
from planning import REPO

SNAKEFILE = """
rule all:
    input: expand("{number}.txt", number=range(5))

rule train:
    output: made="{number}.txt"
    log: "{number}.log"
    resources: gpu=1
    params: seconds=2
    script: "job.py"
"""

JOB = """
import os, sys, time
sys.path.insert(0, SCRIPTS)
from pathlib import Path
from mixdistill.entry import run

def main(made: Path, seconds: int, gpus: int) -> None:
    began = time.monotonic()
    time.sleep(seconds)
    made.write_text(f"{os.environ['CUDA_VISIBLE_DEVICES']} {began} {time.monotonic()}")

if __name__ == "__main__":
    run(main)
"""

PROFILE = ["--profile", str(REPO / "profiles" / "gpus")]


@pytest.fixture(name="folder")
def small_workflow(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "job.py").write_text(JOB.replace("SCRIPTS", repr(str(REPO / "workflow" / "scripts"))))
    return tmp_path


def spans(folder):
    """Card, begin and end of each job."""
    found = [path.read_text().split() for path in folder.glob("*.txt")]
    assert len(found) == 5
    return [(card, float(began), float(ended)) for card, began, ended in found]


@pytest.mark.parametrize(
    "more",
    [[], ["--resources", "gpu=5", "mem_mb=100000"]],
    ids=["as many as the profile says", "more than there are"],
)
def test_two_jobs_at_a_time_on_two_cards_and_never_three(folder, tmp_path, monkeypatch, more):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *PROFILE, "--cores", "8", *more], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    jobs = spans(folder)
    assert {card for card, _, _ in jobs} == {"0", "1"}
    at_once = [(one, other) for one, other in combinations(jobs, 2) if max(one[1], other[1]) < min(one[2], other[2])]
    assert at_once
    assert all(one[0] != other[0] for one, other in at_once)
    for one, other, third in combinations(jobs, 3):
        assert max(one[1], other[1], third[1]) >= min(one[2], other[2], third[2])


def test_two_runs_beside_each_other_share_no_card(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("Snakefile", "job.py"):
        (elsewhere / name).write_text((folder / name).read_text())
    command = [sys.executable, "-m", "snakemake", *PROFILE, "--cores", "8"]
    runs = [
        subprocess.Popen(command, cwd=where, env=os.environ, stderr=subprocess.DEVNULL) for where in (folder, elsewhere)
    ]
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    for one, other in combinations([*spans(folder), *spans(elsewhere)], 2):
        assert one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1]
