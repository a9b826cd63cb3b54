"""A workflow of two jobs that take a while, with the project's own hook and entry; killed, and looked at afterwards."""

import os
import subprocess
import sys
import time
from pathlib import Path

from cluster import PROFILE
from planning import REPO

SNAKEFILE = """
include: "common.smk"

onerror:
    heads.sum_up(workflow, logger)

rule all:
    input: "a.txt", "b.txt"

rule make:
    output: made="{name}.txt"
    log: "{name}.log"
    params: seconds=SECONDS
    resources: mem_mb=1000, runtime=60
    script: "job.py"
"""

COMMON = (REPO / "rules" / "common.smk").read_text().partition("def build_dag")
"""The real hook; the rest of the file is about experiments."""

JOB = """
import os, time
from pathlib import Path
from mixdistill import stopping
from mixdistill.entry import run
from mixdistill.errors import UserError

def noted(what: str) -> None:
    with Path("times").open("a") as file:
        file.write(f"{what} {time.monotonic()} {os.getpid()}\\n")

def main(made: Path, seconds: int) -> None:
    noted(f"{made} begins")
    if Path("fails").exists():
        raise UserError("no luck")
    done = Path(f"{made}.done")
    for second in range(len(done.read_text()) if done.exists() else 0, seconds):
        time.sleep(1)
        with done.open("a") as file:
            file.write("x")
        stopping.advance()
        noted(f"{made} step{second}")
    noted(f"{made} ends")
    made.write_text(str(made))

if __name__ == "__main__":
    run(main)
"""


def write(folder, seconds=6):
    """Write the workflow into a folder."""
    scripts = REPO / "workflow" / "scripts"
    head = f"import sys\nsys.path.insert(0, {str(scripts)!r})\nSECONDS = {seconds}\n"
    head += "from snakemake.exceptions import WorkflowError\nfrom snakemake.logging import logger\n"
    head += "from mixdistill import heads, servers, workflow_report\nfrom mixdistill.errors import UserError\n"
    head += "from types import SimpleNamespace\nfrom mixdistill.hardware import EVERYWHERE\n"
    head += "ASK = SimpleNamespace(hardware=EVERYWHERE)\n"
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "common.smk").write_text(head + "".join(COMMON[1:]))
    (folder / "job.py").write_text(f"import sys\nsys.path.insert(0, {str(scripts)!r})\n" + JOB)
    return folder


def started(folder, *more, **environment):
    command = [sys.executable, "-m", "snakemake", *more]
    log = (folder / f"said{len(list(folder.glob('said*')))}").open("w")
    return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **environment})


def said(folder):
    return "".join(path.read_text() for path in sorted(folder.glob("said*")))


def times(folder):
    """(file, what, when, process) of all that jobs have noted."""
    path = folder / "times"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(file, what, float(when), int(process)) for file, what, when, process in rows]


def begun(folder):
    """Processes of jobs that have begun."""
    return [process for _, what, _, process in times(folder) if what == "begins"]


def until(condition, seconds=150):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def at_work(folder, *more, jobs=2, **environment):
    """A run of which so many jobs have begun."""
    run = started(folder, *more, **environment)
    until(lambda: len(begun(folder)) == jobs)
    return run


def run(folder, cluster, *more, start=started, **environment):
    """A run on Slurm."""
    return start(folder, *PROFILE, *more, **{**cluster.environment, **environment})


def steps(folder, name):
    """The steps of a job, in the order in which they were done, by whatever process."""
    return [int(what[4:]) for file, what, _, _ in times(folder) if file == name and what.startswith("step")]


def never_two_at_once(folder):
    for name in ("a.txt", "b.txt"):
        held = None
        for file, what, _, process in times(folder):
            if file == name and what == "begins":
                assert held is None or not Path(f"/proc/{held}").exists()
                held = process
            elif file == name:
                assert process == held
                held = None if what == "ends" else held


def all_is_there(folder, seconds=12):
    """Both files were made, no step twice."""
    never_two_at_once(folder)
    assert (folder / "a.txt").read_text() == "a.txt"
    assert steps(folder, "a.txt") == steps(folder, "b.txt") == list(range(seconds))
