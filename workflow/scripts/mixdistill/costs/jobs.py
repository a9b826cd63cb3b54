"""The jobs of an experiment as Snakemake plans them, read from its dry runs."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mixdistill.errors import UserError
from mixdistill.permissions import LIMITS, limit

SNAKEFILE = Path(__file__).resolve().parents[4] / "Snakefile"


class Job(NamedTuple):
    """One planned job."""

    rule: str
    wildcards: dict[str, str]
    inputs: list[str]
    outputs: list[str]
    benchmark: str | None
    gpus: int
    """In all, on however many nodes."""
    pending: bool
    """It would run now; otherwise what it makes is there."""
    cores: int = 1

    @property
    def key(self) -> str:
        """Rule and wildcards: the same job in another plan."""
        return " ".join([self.rule, *(f"{name}={value}" for name, value in self.wildcards.items())])


def planned(experiment: dict[str, Any], snakefile: Path = SNAKEFILE) -> list[Job]:
    """All jobs of the tables and figures, in an order in which each comes after those it needs.

    Snakemake is asked twice, for all jobs and for those that would run now. A dry run changes nothing.

    Args:
        experiment: the experiment's content, as its file has it.
        snakefile: the workflow.

    Raises:
        UserError: Snakemake cannot plan it; has Snakemake's words.
    """
    with tempfile.TemporaryDirectory() as folder:
        configfile = Path(folder) / "experiment.json"
        configfile.write_text(json.dumps(experiment))
        # -P: a folder of data in the working directory that is called like a module is none
        command = [sys.executable, "-P", "-m", "snakemake"]
        command += ["--snakefile", str(snakefile), "--configfile", str(configfile)]
        lifted = {**os.environ, LIMITS: str(limit(100))}  # it was checked already, and is larger without its aliases
        command += ["--dry-run", "--nolock", "--nocolor", "--rerun-incomplete", "--cores", str(os.cpu_count() or 1)]
        asked = [
            subprocess.Popen([*command, *more], env=lifted, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for more in (["--forceall"], [])
        ]
        everything, now = (said(process) for process in asked)
    waiting = {job.key for job in shown(now)}
    jobs = [job._replace(pending=job.key in waiting) for job in shown(everything) if job.outputs]
    return in_order(jobs)


def said(process: "subprocess.Popen[str]") -> str:
    """What a dry run printed."""
    out, errors = process.communicate()
    if process.returncode:
        raise UserError("Snakemake cannot plan this experiment: " + " ".join((errors + out).split())[-600:])
    return out


def shown(text: str) -> Iterator[Job]:
    """Yield the jobs of a dry run's output."""
    for block in re.split(r"^(?:local)?rule (?=\w+:$)", text, flags=re.MULTILINE)[1:]:
        rule = block.partition(":")[0]
        found = dict(
            re.findall(r"^    (input|output|wildcards|benchmark|threads|resources): (.*)$", block, flags=re.MULTILINE)
        )
        gpus = re.search(r"\bgpu=(\d+)", found.get("resources", ""))
        yield Job(
            rule,
            dict(part.split("=", 1) for part in listed(found.get("wildcards"))),
            listed(found.get("input")),
            listed(found.get("output")),
            found.get("benchmark"),
            int(gpus[1]) if gpus else 0,
            pending=True,
            cores=int(found.get("threads", 1)),
        )


def listed(text: str | None) -> list[str]:
    """The parts of a line."""
    return text.split(", ") if text else []


def parents(jobs: list[Job]) -> list[list[int]]:
    """For each job the places of those that make its inputs."""
    maker = {path: at for at, job in enumerate(jobs) for path in job.outputs}
    return [sorted({maker[path] for path in job.inputs if path in maker}) for job in jobs]


def in_order(jobs: list[Job]) -> list[Job]:
    """The same jobs, each after those it needs."""
    needed = parents(jobs)
    placed: dict[int, None] = {}
    todo = list(range(len(jobs) - 1, -1, -1))
    while todo:
        at = todo[-1]
        missing = [parent for parent in needed[at] if parent not in placed]
        if missing and at not in placed:
            todo += missing
        else:
            placed.setdefault(todo.pop())
    return [jobs[at] for at in placed]


def owners(jobs: list[Job], kind: str) -> list[str | None]:
    """For each job the one value of a wildcard that it exists for: its own, or that of all jobs that need it."""
    needed = parents(jobs)
    wanted: list[set[str | None]] = [set() for _ in jobs]
    found: list[str | None] = [None] * len(jobs)
    for at in range(len(jobs) - 1, -1, -1):
        common = next(iter(wanted[at])) if len(wanted[at]) == 1 else None
        found[at] = jobs[at].wildcards.get(kind, common)
        for parent in needed[at]:
            wanted[parent].add(found[at])
    return found
