"""Runs that follow each other in one directory, one of them killed: the same command continues, nothing runs twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from planning import REPO

SNAKEFILE = """
workflow.basedir
include: "common.smk"

rule all:
    input: "a.txt", "b.txt"

rule make:
    output: made="{name}.txt"
    log: "{name}.log"
    params: seconds=SECONDS
    script: "job.py"
"""

COMMON = (REPO / "rules" / "common.smk").read_text().partition("def build_dag")
"""The real hook; the rest of the file is about experiments."""

JOB = """
import os, time
from pathlib import Path
from mixdistill.entry import run

def main(made: Path, seconds: int) -> None:
    with Path("times").open("a") as file:
        file.write(f"{made} begins {time.monotonic()} {os.getpid()}\\n")
    time.sleep(seconds)
    with Path("times").open("a") as file:
        file.write(f"{made} ends {time.monotonic()} {os.getpid()}\\n")
    made.write_text(str(made))

if __name__ == "__main__":
    run(main)
"""


@pytest.fixture(name="folder")
def small_workflow(tmp_path):
    scripts = REPO / "workflow" / "scripts"
    head = f"import sys\nsys.path.insert(0, {str(scripts)!r})\nSECONDS = 6\n"
    head += "from snakemake.exceptions import WorkflowError\nfrom snakemake.logging import logger\n"
    head += "from mixdistill import heads\nfrom mixdistill.errors import UserError\n"
    (tmp_path / "Snakefile").write_text(SNAKEFILE.replace("workflow.basedir\n", ""))
    (tmp_path / "common.smk").write_text(head + "".join(COMMON[1:]))
    (tmp_path / "job.py").write_text(f"import sys\nsys.path.insert(0, {str(scripts)!r})\n" + JOB)
    return tmp_path


def started(folder, *more, **environment):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *more]
    log = (folder / f"said{len(list(folder.glob('said*')))}").open("w")
    return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **environment})


def said(folder):
    return "".join(path.read_text() for path in sorted(folder.glob("said*")))


def times(folder):
    """(file, what, when, process) of all that jobs have noted."""
    path = folder / "times"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(file, what, float(when), int(process)) for file, what, when, process in rows]


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def never_two_at_once(folder):
    for name in ("a.txt", "b.txt"):
        open_one = None
        for file, what, _, process in times(folder):
            if file == name and what == "begins":
                assert open_one is None or not Path(f"/proc/{open_one}").exists()
                open_one = process
            elif file == name:
                assert process == open_one
                open_one = None


def test_the_command_after_a_killed_run_waits_for_its_jobs_and_continues(folder):
    first = started(folder)
    until(lambda: len(times(folder)) == 2)
    first.kill()
    first.wait()
    assert started(folder).wait(timeout=90) == 0
    text = said(folder)
    assert "2 jobs of an earlier run still go on and are waited for (MIXDISTILL_ORPHANS=cancel ends them)" in text
    assert "nobody is alive who holds its lock, which is released" in text
    assert [what for _, what, _, _ in times(folder)][:4] == ["begins", "begins", "ends", "ends"]
    never_two_at_once(folder)
    assert (folder / "a.txt").read_text() == "a.txt"


def test_an_earlier_runs_jobs_are_cancelled_on_request(folder):
    first = started(folder)
    until(lambda: len(times(folder)) == 2)
    orphans = [process for _, _, _, process in times(folder)]
    first.kill()
    first.wait()
    assert started(folder, MIXDISTILL_ORPHANS="cancel").wait(timeout=90) == 0
    assert [process for _, what, _, process in times(folder) if what == "ends" and process in orphans] == []
    assert "stopped on request" in said(folder) or "were cancelled" in said(folder)


def test_a_second_run_beside_a_living_one_leaves_it_alone(folder):
    first = started(folder)
    until(lambda: len(times(folder)) == 2)
    second = started(folder)
    assert second.wait(timeout=60) == 1
    assert "another run goes on in this directory" in said(folder)
    assert "do not unlock" in said(folder)
    assert first.wait(timeout=60) == 0
    assert len(times(folder)) == 4


def test_two_that_make_the_same_file_whatever_snakemake_thinks_do_so_one_after_the_other(folder):
    first = started(folder)
    until(lambda: len(times(folder)) == 2)
    second = started(folder, "--nolock", "--rerun-incomplete")
    assert (first.wait(timeout=90), second.wait(timeout=90)) == (0, 0)
    assert "makes a.txt" in said(folder)
    never_two_at_once(folder)


def test_a_dry_run_and_a_wrong_choice_touch_nothing(folder):
    first = started(folder)
    until(lambda: len(times(folder)) == 2)
    first.kill()
    first.wait()
    assert started(folder, "-n").wait(timeout=60) == 0
    assert list((folder / ".snakemake" / "locks").iterdir())
    assert started(folder, MIXDISTILL_ORPHANS="ignore").wait(timeout=60) == 1
    assert "MIXDISTILL_ORPHANS=ignore: must be wait or cancel" in said(folder)
    for _, _, _, process in times(folder):
        os.kill(process, signal.SIGKILL)
